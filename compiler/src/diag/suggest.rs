//! "Did you mean …?"

/// The candidate nearest to `name` by edit distance, if one is near enough to be a slip of the keyboard or of case.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let name: Vec<char> = name.to_lowercase().chars().take(NAME_CHARS_MAX).collect();
    let allowed = (name.len() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.to_string())
}

/// Longer names are compared by their beginnings, which bounds the work.
const NAME_CHARS_MAX: usize = 64;

/// Edits (insert, delete, replace, swap of neighbours) from `left` to `right`, case aside: optimal string alignment.
fn distance(left: &[char], right: &str) -> usize {
    let right: Vec<char> = right.to_lowercase().chars().take(NAME_CHARS_MAX).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for i in 1..=left.len() {
        let mut row = vec![i; right.len() + 1];
        for j in 1..=right.len() {
            let replace = last[j - 1] + usize::from(left[i - 1] != right[j - 1]);
            row[j] = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn near_names_are_found() {
        let fields = ["symbol", "price", "at"];
        assert_eq!(did_you_mean("symbl", fields).as_deref(), Some("symbol"));
        assert_eq!(did_you_mean("pirce", fields).as_deref(), Some("price"));
        assert_eq!(did_you_mean("Symbol", fields).as_deref(), Some("symbol"));
    }

    #[test]
    fn far_names_are_not() {
        assert_eq!(did_you_mean("volume", ["symbol", "price", "at"]), None);
        assert_eq!(did_you_mean("x", ["y", "at"]), None);
        assert_eq!(did_you_mean("", ["y"]), None);
    }
}
