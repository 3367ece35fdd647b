//! Opens the bucket at an address.

use run_record::{BucketAddress, BucketAddressError};

use crate::{access::Access, file_store::FileStore, gcs::GcsStore, store::Store};

/// Opens the bucket at `address`.
pub(crate) fn open(address: &str, access: &Access) -> Result<Box<dyn Store>, BucketAddressError> {
    Ok(match address.parse()? {
        BucketAddress::Folder(root) => Box::new(FileStore::new(root)),
        BucketAddress::Google { bucket, prefix } => Box::new(GcsStore::new(bucket, prefix, access)),
    })
}
