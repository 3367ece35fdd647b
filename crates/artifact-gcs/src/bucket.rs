//! Opens the bucket at an address.

use crate::{
    access::Access,
    address::{Address, AddressError},
    file_store::FileStore,
    gcs::GcsStore,
    store::Store,
};

/// Opens the bucket at `address`.
pub(crate) fn open(address: &str, access: &Access) -> Result<Box<dyn Store>, AddressError> {
    Ok(match address.parse()? {
        Address::Folder(root) => Box::new(FileStore::new(root)),
        Address::Google { bucket, prefix } => Box::new(GcsStore::new(bucket, prefix, access)),
    })
}
