//! Opens the bucket at an address.

use crate::{
    address::{Address, AddressError},
    file_store::FileStore,
    store::Store,
};

/// Opens the bucket at `address`.
pub(crate) fn open(address: &str) -> Result<Box<dyn Store>, AddressError> {
    Ok(match address.parse()? {
        Address::Folder(root) => Box::new(FileStore::new(root)),
    })
}
