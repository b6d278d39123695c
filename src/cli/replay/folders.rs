//! Which recordings the arguments of `replay` stand for.

use crate::domain::text::ShownPath;
use crate::recording::files::SESSION;
use crate::recording::folder::{moved_from, moved_to};
use anyhow::Context;
use glob::MatchOptions;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// The recordings that are meant, in the order of the command line; those of a pattern in the order of
/// their names. Shells on Windows hand patterns over as they are. What is there under its very name
/// is no pattern.
pub(super) fn folders(given: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in given {
        let pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']) && !path.exists());
        let Some(pattern) = pattern else {
            found.extend(recordings_of(path)?);
            continue;
        };
        let options = MatchOptions {
            case_sensitive: !cfg!(windows),
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        let matches = glob::glob_with(pattern, options)
            .with_context(|| format!("{pattern} is no pattern: write one such as recordings/*"))?;
        let mut meant = moved_away(path, options);
        for path in matches {
            let path = path.with_context(|| format!("cannot list what {pattern} stands for"))?;
            if path.is_dir() && hidden_names(&path) <= hidden_names(Path::new(pattern)) {
                meant.insert(path);
            }
        }
        anyhow::ensure!(
            !meant.is_empty(),
            "no folder matches {pattern}: name recordings, or a pattern such as recordings/*"
        );
        found.extend(meant);
    }
    Ok(found)
}

/// A recording, or all recordings below a directory that is none, in the order of their paths.
fn recordings_of(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut below = BTreeSet::new();
    if path.is_dir() && !is_recording(path) {
        collect(path, &mut below).with_context(|| format!("cannot list {}", path.shown()))?;
    }
    // What is wrong with one that is none is told when it is opened.
    Ok(if below.is_empty() { vec![path.to_owned()] } else { below.into_iter().collect() })
}

/// Whether a recording is there, or was there before a killed run moved it away.
fn is_recording(path: &Path) -> bool {
    path.join(SESSION).exists() || moved_to(path).exists()
}

fn collect(dir: &Path, found: &mut BTreeSet<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        if let Some(place) = moved_from(&path) {
            found.insert(place);
            continue;
        }
        let is_hidden = hidden_names(Path::new(&entry.file_name())) > 0;
        match entry.file_type()?.is_dir() && !is_hidden {
            true if is_recording(&path) => drop(found.insert(path)),
            true => collect(&path, found)?,
            false => {}
        }
    }
    Ok(())
}

/// The recordings of a pattern that a killed run had moved away. They are put back when they are
/// opened.
fn moved_away(pattern: &Path, options: MatchOptions) -> BTreeSet<PathBuf> {
    let hidden = moved_to(pattern);
    // Not every pattern is one in a hidden name, too: `**` must stand alone.
    let matches = hidden.to_str().and_then(|hidden| glob::glob_with(hidden, options).ok());
    let places = matches.into_iter().flatten().flatten().filter_map(|hidden| moved_from(&hidden));
    places.filter(|place| !place.exists()).collect()
}

/// How many names in a path begin with a dot. A match with more of them than the pattern is not
/// meant.
fn hidden_names(path: &Path) -> usize {
    let is_hidden = |part: &Component<'_>| matches!(part, Component::Normal(name) if name.to_string_lossy().starts_with('.'));
    path.components().filter(is_hidden).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_pattern_stands_for_the_folders_that_it_matches() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for name in ["b", "a", "a/inner", ".hidden", "[x]"] {
            fs::create_dir(path(name)).unwrap();
        }
        fs::write(path("notes.txt"), "").unwrap();
        #[cfg(target_os = "linux")]
        fs::write(
            dir.path()
                .join(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"no\xfftext")),
            "",
        )
        .unwrap();
        assert_eq!(folders(&[path("*")]).unwrap(), [path("[x]"), path("a"), path("b")]);
        assert_eq!(folders(&[path("b"), path("?")]).unwrap(), [path("b"), path("a"), path("b")]);
        assert_eq!(folders(&[path("*").join("i*")]).unwrap(), [path("a").join("inner")]);
        assert_eq!(
            folders(&[path("[x]"), path("nowhere")]).unwrap(),
            [path("[x]"), path("nowhere")]
        );
        let refused = folders(&[path("*.toml")]).unwrap_err().to_string();
        assert!(refused.contains("*.toml") && refused.contains("recordings/*"), "{refused}");
        assert!(folders(&[path("[")]).is_err());
        assert_eq!(folders(&[path("**")]).unwrap().len(), 4);
    }

    /// A kill between the two renames that replace a recording leaves it under its hidden name.
    #[test]
    fn a_pattern_stands_for_a_recording_that_was_moved_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let own = concat!(env!("CARGO_MANIFEST_DIR"), "/recordings/ema-cross-week");
        for name in ["a", ".b.tickdeck-old"] {
            fs::create_dir(path(name)).unwrap();
            fs::copy(Path::new(own).join(SESSION), path(name).join(SESSION)).unwrap();
        }
        assert_eq!(folders(&[path("*")]).unwrap(), [path("a"), path("b")]);
        fs::create_dir(path("b")).unwrap();
        assert_eq!(folders(&[path("?")]).unwrap(), [path("a"), path("b")]);
    }
}
