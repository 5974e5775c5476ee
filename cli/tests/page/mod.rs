//! What tests of pages share.

/// A page without the two scripts at its end, which are no XML.
pub fn without_scripts(page: &str) -> String {
    let (body, _) = page.split_once("<script>\n").unwrap();
    format!("{}</body>\n</html>\n", body.trim_start_matches("<!DOCTYPE html>\n"))
}
