//! Bytes that are hurt, and checksums that are not the store's.

use fault_proxy::{Fault, Kind, Often, Rule};

use crate::{client::Bench, store::KEPT};

#[tokio::test]
async fn a_checksum_is_another_one_and_the_object_is_right() {
    let bench = Bench::rule(Rule::on(Kind::Other, Often::First(2), Fault::WrongChecksum)).await;

    let put = bench.put("/a", "content").await;
    let got = bench.get("/a").await;
    let right = bench.get("/a").await;

    let said = String::from_utf8(put.body).unwrap();
    assert_eq!(said, KEPT.replace("4waSgw==", "AwaSgw=="));
    assert_eq!(put.headers["content-length"], said.len().to_string().as_str());
    assert_eq!(
        (got.body.as_slice(), &got.headers["x-goog-hash"]),
        (&b"content"[..], &"crc32c=AwaSgw==".parse().unwrap())
    );
    assert_eq!(right.headers["x-goog-hash"], "crc32c=4waSgw==");
    assert_eq!(bench.store.kept("/a").unwrap(), "content");
}

#[tokio::test]
async fn one_bit_of_an_answer_is_another_one() {
    let bench = Bench::rule(Rule::on(Kind::Other, Often::Always, Fault::FlipByte { at: 3 })).await;
    bench.store.keep("/a", "content");

    let got = bench.get("/a").await;

    assert_eq!(got.body, b"conuent");
    assert_eq!(got.headers["x-goog-hash"], "crc32c=4waSgw==");
}
