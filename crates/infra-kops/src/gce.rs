//! Google Cloud's APIs, as far as a cluster of kops needs them.

pub(crate) mod account;
mod answer;
pub(crate) mod compute;
mod google;
mod object;
mod operation;
mod policy;
pub(crate) mod trouble;

pub(crate) use compute::{Item, delete, list};
pub(crate) use google::{CallError, Google};
pub(crate) use object::Store;
pub(crate) use policy::{Holder, bindings, unbind};
