//! Gives out a listing in small pages.

use http::{Request, Response, Uri, header::CONTENT_LENGTH};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::{
    body::{Body, BoxError, whole},
    plan::Pages,
    sums::read,
};

/// Begins the token of a page; the name of its first entry follows.
const PAGE: &str = "page ";

/// Begins the token of the empty page before it.
const GAP: &str = "gap ";

/// Which page a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    token: Option<String>,
    most: usize,
}

/// Takes the wish for a page out of a request, so that the store gives out everything.
pub(crate) fn take(request: &mut Request<Body>, pages: Pages) -> Result<Wanted, BoxError> {
    let mut wanted = Wanted { token: None, most: pages.size.max(1) };
    let query = request.uri().query().unwrap_or_default();
    let kept = query.split('&').filter(|pair| match pair.split_once('=') {
        Some(("pageToken", token)) => {
            // A token comes from a query, in which a plus is a space.
            let token = token.replace('+', " ");
            let token = percent_decode_str(&token).decode_utf8_lossy().into_owned();
            wanted.token = Some(token).filter(|token| !token.is_empty());
            false
        }
        Some(("maxResults", most)) => {
            wanted.most = wanted.most.min(most.parse().unwrap_or(usize::MAX)).max(1);
            false
        }
        _ => true,
    });
    let kept = kept.collect::<Vec<_>>().join("&");
    let address = format!("{}?{kept}", request.uri().path());
    *request.uri_mut() = Uri::try_from(address)?;
    Ok(wanted)
}

/// The wanted page of a listing that has everything.
pub(crate) async fn page(
    response: Response<Body>,
    pages: Pages,
    wanted: &Wanted,
) -> Result<Response<Body>, BoxError> {
    let (mut parts, body) = response.into_parts();
    if !parts.status.is_success() {
        return Ok(Response::from_parts(parts, body));
    }
    let mut listing: Map<String, Value> = serde_json::from_slice(&read(body).await?)?;
    turn(&mut listing, pages, wanted);
    parts.headers.remove(CONTENT_LENGTH);
    Ok(Response::from_parts(parts, whole(Value::Object(listing).to_string())))
}

fn turn(listing: &mut Map<String, Value>, pages: Pages, wanted: &Wanted) {
    let token = wanted.token.as_deref();
    let gap = match token {
        Some(token) => token.starts_with(GAP),
        None => pages.empty,
    };
    let from = token.and_then(|token| token.strip_prefix(PAGE).or(token.strip_prefix(GAP)));
    let from = from.unwrap_or_default();

    let mut rest: Vec<(String, &str, Value)> = ["items", "prefixes"]
        .into_iter()
        .flat_map(|list| match listing.remove(list) {
            Some(Value::Array(values)) => values.into_iter().map(|value| (list, value)).collect(),
            _ => Vec::new(),
        })
        .map(|(list, value)| (name(&value).to_owned(), list, value))
        .filter(|(name, _, _)| name.as_str() >= from)
        .collect();
    rest.sort_by(|(a, _, _), (b, _, _)| a.cmp(b));

    let given = if gap { 0 } else { wanted.most.min(rest.len()) };
    let next = rest.get(given).map(|(name, _, _)| name.clone());
    for (_, list, value) in rest.into_iter().take(given) {
        if let Some(values) = listing.entry(list).or_insert(json!([])).as_array_mut() {
            values.push(value);
        }
    }
    if let Some(next) = next {
        let kind = if pages.empty && !gap { GAP } else { PAGE };
        listing.insert("nextPageToken".into(), format!("{kind}{next}").into());
    }
}

fn name(value: &Value) -> &str {
    value.as_str().or_else(|| value["name"].as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing() -> Map<String, Value> {
        let items = json!([{"name": "l/a +b"}, {"name": "l/z"}]);
        let listing = json!({"kind": "x", "items": items, "prefixes": ["l/c/", "l/1/"]});
        listing.as_object().unwrap().clone()
    }

    fn names(listing: &Map<String, Value>) -> Vec<String> {
        let values = ["items", "prefixes"].into_iter().filter_map(|list| listing.get(list));
        values.flat_map(|list| list.as_array().unwrap()).map(|v| name(v).to_owned()).collect()
    }

    #[test]
    fn pages_hold_objects_and_folders_and_together_all_of_them_once() {
        for (empty, expected) in [(false, 2), (true, 4)] {
            let pages = Pages { size: 3, empty };
            let mut wanted = Wanted { token: None, most: 3 };
            let (mut all, mut count) = (Vec::new(), 0);
            loop {
                let mut listing = listing();
                turn(&mut listing, pages, &wanted);
                all.extend(names(&listing));
                count += 1;
                match listing.get("nextPageToken") {
                    Some(token) => wanted.token = Some(token.as_str().unwrap().into()),
                    None => break,
                }
            }

            all.sort();
            assert_eq!(all, ["l/1/", "l/a +b", "l/c/", "l/z"]);
            assert_eq!(count, expected);
        }
    }

    #[test]
    fn the_store_is_asked_for_everything() {
        let address = "/storage/v1/b/b/o?prefix=l%2F&pageToken=page+l%2Fa+%2Bb&maxResults=2";
        let mut request = Request::new(whole(""));
        *request.uri_mut() = address.parse().unwrap();

        let wanted = take(&mut request, Pages { size: 9, empty: false }).unwrap();

        assert_eq!(wanted, Wanted { token: Some("page l/a +b".into()), most: 2 });
        assert_eq!(request.uri(), "/storage/v1/b/b/o?prefix=l%2F");
    }
}
