//! Resources: what can be read rather than called. Files today; each kind has its own file.

pub(crate) mod files;

use rmcp::{
    ErrorData,
    model::{CacheScope, ListResourceTemplatesResult, ListResourcesResult, ReadResourceResult, ResourceTemplate},
};

use crate::lab::Lab;

/// Resources on one page of the list.
const PAGE: usize = 200;

/// Reading a resource again sooner would find the same.
const FRESH_MS: u64 = 5_000;

/// One page of the list, which starts behind the cursor.
pub(crate) async fn list(lab: &Lab, cursor: Option<String>) -> Result<ListResourcesResult, ErrorData> {
    let skip = match cursor {
        None => 0,
        Some(text) => text.parse::<usize>().map_err(|_| ErrorData::invalid_params("unknown cursor", None))?,
    };
    let all = files::list(lab).await;
    if skip > 0 && skip >= all.len() {
        return Err(ErrorData::invalid_params("unknown cursor", None));
    }
    let next = (all.len() > skip + PAGE).then(|| (skip + PAGE).to_string());
    let page = all.into_iter().skip(skip).take(PAGE).collect();
    let mut result =
        ListResourcesResult::with_all_items(page).with_ttl_ms(FRESH_MS).with_cache_scope(CacheScope::Private);
    result.next_cursor = next;
    Ok(result)
}

/// How the address of a resource is made.
pub(crate) fn templates(lab: &Lab) -> ListResourceTemplatesResult {
    let roots = lab.settings().files.iter().map(|root| {
        ResourceTemplate::new(format!("{}{}/{{+path}}", files::SCHEME, root.name), format!("files-{}", root.name))
            .with_description(if root.about.is_empty() { "Files".to_owned() } else { root.about.clone() })
    });
    ListResourceTemplatesResult::with_all_items(roots.collect())
        .with_ttl_ms(60_000)
        .with_cache_scope(CacheScope::Private)
}

/// What lies at this address. Whatever is wrong with it, the answer is the same.
pub(crate) async fn read(lab: &Lab, uri: String) -> Result<ReadResourceResult, ErrorData> {
    let contents =
        files::read(lab, uri).await.ok_or_else(|| ErrorData::resource_not_found("no such resource", None))?;
    Ok(ReadResourceResult::new(vec![contents]).with_ttl_ms(FRESH_MS).with_cache_scope(CacheScope::Private))
}
