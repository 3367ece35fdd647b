//! Compute Engine: what there is, and its end.

use http::Method;
use serde_json::Value;

use super::{
    answer::Failure,
    google::{CallError, Google, Request},
    operation::{self, ROOT},
    pages::pages,
    trouble::Trouble,
};

/// Most that Google puts on a page.
const PAGE: u32 = 500;

/// Something there is in a project.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// `global`, `regions/us-west1` or `zones/us-west1-a`.
    pub(crate) scope: String,
    /// What it is one of, as `networks`.
    pub(crate) collection: &'static str,
    /// Its name.
    pub(crate) name: String,
    /// All of it.
    pub(crate) body: Value,
}

impl Item {
    /// Its name in the ledger: `us-west1/subnetworks/x`.
    pub(crate) fn label(&self) -> String {
        let scope = self.scope.rsplit('/').next().unwrap_or_default();
        format!("{scope}/{}/{}", self.collection, self.name)
    }

    /// A text in it; nothing if it has none.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.body[key].as_str().unwrap_or_default()
    }
}

/// Everything of a collection in the project, in every zone and region. `global` collections have one
/// list; the others are asked for together, and a scope that cannot be reached is a failure: what it
/// holds would be overlooked.
pub(crate) async fn list(
    google: &Google,
    collection: &'static str,
    global: bool,
) -> Result<Vec<Item>, CallError> {
    let what = format!("list `{collection}` of the project `{}`", google.project);
    let scope = if global { "global" } else { "aggregated" };
    let url = format!("{ROOT}projects/{}/{scope}/{collection}", google.project);
    let request = Request::get(&url).query("maxResults", PAGE);
    let mut items = Vec::new();
    pages(google, &what, request, |body| {
        if global {
            items.extend(each(&body["items"]).map(|item| of(scope, collection, item)));
            return Ok(());
        }
        for (scope, part) in body["items"].as_object().into_iter().flatten() {
            let code = part["warning"]["code"].as_str();
            if let Some(code) = code.filter(|code| *code != "NO_RESULTS_ON_PAGE") {
                let said = format!("{code} in `{scope}`");
                return Err(CallError::of(&what, Failure::new(Trouble::Lost, said)));
            }
            items.extend(each(&part[collection]).map(|item| of(scope, collection, item)));
        }
        Ok(())
    })
    .await?;
    Ok(items)
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn of(scope: &str, collection: &'static str, item: &Value) -> Item {
    let name = item["name"].as_str().unwrap_or_default().to_owned();
    Item { scope: scope.into(), collection, name, body: item.clone() }
}

/// Removes `item` and waits until it is gone. That it is gone already is what was wanted.
pub(crate) async fn delete(google: &Google, item: &Item) -> Result<(), CallError> {
    let what = format!("remove `{}`", item.label());
    let path = format!("projects/{}/{}/{}", google.project, item.scope, item.collection);
    let request = Request::new(Method::DELETE, format!("{ROOT}{path}/{}", item.name));
    let done = match google.call(&what, request).await {
        Ok(answer) => operation::wait(google, &what, answer.body).await,
        Err(error) => Err(error),
    };
    match done {
        Err(error) if error.trouble != Trouble::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Looks at the project itself: what is wrong with it or with the credentials is said of nothing else.
pub(crate) async fn project(google: &Google) -> Result<Value, CallError> {
    let what = format!("look at the project `{}`", google.project);
    Ok(google.call(&what, Request::get(format!("{ROOT}projects/{}", google.project))).await?.body)
}

/// What lies at `path` of the project, as `zones/us-west1-a/instances/x`.
pub(crate) async fn get(google: &Google, path: &str) -> Result<Value, CallError> {
    let url = format!("{ROOT}projects/{}/{path}", google.project);
    Ok(google.call(&format!("read `{path}`"), Request::get(url)).await?.body)
}

/// Asks for a change of `path` of the project and waits until it is made. That something is there
/// after an attempt whose answer was lost is what was wanted.
pub(crate) async fn change(
    google: &Google,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<Value, CallError> {
    let what = match method {
        Method::POST => format!("make something of `{path}`"),
        _ => format!("change `{path}`"),
    };
    let url = format!("{ROOT}projects/{}/{path}", google.project);
    match google.call(&what, Request::new(method, url).body(body)).await {
        Ok(answer) => operation::wait(google, &what, answer.body).await,
        Err(error) if error.is_done_maybe() => Ok(Value::Null),
        Err(error) => Err(error),
    }
}
