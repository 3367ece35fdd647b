//! Google Cloud's APIs, as far as a cluster of kops needs them.

pub(crate) mod account;
mod answer;
mod compute;
mod google;
mod look;
mod object;
mod operation;
mod pages;
mod policy;
mod trouble;

pub(crate) use compute::{Item, change, delete, get, list, project};
pub(crate) use google::{CallError, Google};
pub(crate) use look::{Machine, bucket_is_there, image, machines};
pub(crate) use object::Store;
pub(crate) use policy::{Holder, bindings, unbind};
pub(crate) use trouble::Trouble;
