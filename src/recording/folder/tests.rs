use super::*;
use std::fs::File;
use std::io::Read;

const FILES: &str = r#""session.toml" = "", "inputs.jsonl" = "", "actions.jsonl" = "", "orders.txt" = "", "ticks/S.parquet" = """#;

/// What stands in the folder of `target`, by name.
fn names(target: &Path) -> Vec<String> {
    let entries = fs::read_dir(disk::parent(target)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Something that passes for a recording, with `mark` in all of its files.
fn fill(path: &Path, mark: &str) {
    fs::create_dir_all(path.join("ticks")).unwrap();
    let session = format!("[recording]\nmark = \"{mark}\"\nfiles = {{ {FILES} }}");
    fs::write(path.join("session.toml"), session).unwrap();
    fs::write(path.join("ticks/S.parquet"), mark).unwrap();
}

/// The mark of the recording at `target`, which must be in all of its files.
fn mark(target: &Path) -> String {
    let mark = fs::read_to_string(target.join("ticks/S.parquet")).unwrap();
    let session = fs::read_to_string(target.join("session.toml")).unwrap();
    assert!(session.contains(&format!("\"{mark}\"")), "{session} beside {mark}");
    mark
}

fn begin(target: &Path, mark: &str) -> Folder {
    let folder = Folder::create(target, Existing::Replace).unwrap();
    fill(folder.part.path(), mark);
    folder
}

/// As a process that is killed after so many acts leaves it.
fn killed_after(acts: usize, target: &Path) {
    let folder = begin(target, "new");
    ACTS[..acts].iter().for_each(|act| act(folder.part.path(), target).unwrap());
    // The lock goes with the process, its file stays; nothing is removed.
    let stays = beside(target, ".stays");
    if folder.part.path().exists() {
        fs::rename(folder.part.path(), &stays).unwrap();
    }
    let part = folder.part.path().to_owned();
    drop(folder);
    if stays.exists() {
        fs::rename(&stays, part).unwrap();
    }
    fs::write(beside(target, LOCK), "").unwrap();
}

#[test]
fn only_one_run_makes_a_folder_and_an_unfinished_one_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("r");
    let first = begin(&target, "1");
    assert!(
        matches!(Folder::create(&target, Existing::Replace), Err(RecordingError::Busy(path)) if path == target)
    );
    assert!(first.path("session.toml").exists());
    drop(first);
    assert!(is_empty(dir.path()));
    begin(&target, "2").finish().unwrap();
    assert_eq!((mark(&target), names(&target)), ("2".to_owned(), vec!["r".to_owned()]));
}

#[test]
fn a_kill_between_any_two_acts_leaves_the_old_or_the_new_one() {
    for acts in 0..=ACTS.len() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("r");
        begin(&target, "old").finish().unwrap();
        killed_after(acts, &target);
        recover(&target).unwrap();
        assert_eq!(
            mark(&target),
            if acts < ACTS.len() { "old" } else { "new" },
            "read after {acts} acts"
        );
        drop(Folder::create(&target, Existing::Replace).unwrap());
        assert_eq!(
            mark(&target),
            if acts < ACTS.len() { "old" } else { "new" },
            "begun anew after {acts} acts"
        );
        assert_eq!(names(&target), ["r"], "after {acts} acts");
    }
}

#[test]
fn a_kill_before_there_was_one_leaves_nothing_or_the_new_one() {
    for acts in 0..=ACTS.len() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("r");
        killed_after(acts, &target);
        recover(&target).unwrap();
        assert_eq!(target.exists(), acts == ACTS.len(), "after {acts} acts");
        begin(&target, "next").finish().unwrap();
        assert_eq!((mark(&target), names(&target)), ("next".to_owned(), vec!["r".to_owned()]));
    }
}

/// What cannot be looked at may be a recording: nobody is told to remove it.
#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_said_to_be_that() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("r");
    begin(&target, "old").finish().unwrap();
    // As without the permission to read, which a test may have all the same.
    fs::remove_file(target.join("session.toml")).unwrap();
    std::os::unix::fs::symlink("session.toml", target.join("session.toml")).unwrap();
    let error = Folder::create(&target, Existing::Replace).unwrap_err();
    assert!(
        matches!(&error, RecordingError::Io { operation: "read", path, .. } if path == &target.join("session.toml")),
        "{error}"
    );
    fs::remove_file(target.join("session.toml")).unwrap();
    assert!(
        matches!(Folder::create(&target, Existing::Replace), Err(RecordingError::Occupied(path)) if path == target)
    );
}

#[test]
fn what_is_not_of_a_recording_is_never_replaced_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("r");
    begin(&target, "old").finish().unwrap();
    for own in ["notes.txt", "ticks/more.parquet", "ticks/notes.txt", "sub/notes.txt"] {
        let own = target.join(own);
        let refused = |error: &RecordingError| {
            let is_of = |path: &Path| own.starts_with(path);
            matches!(error, RecordingError::NotOurs { path, recording } if is_of(path) && *recording == target)
        };
        // Before the run, and when it has come meanwhile.
        let begun = begin(&target, "new");
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        fs::write(&own, "mine").unwrap();
        assert!(begun.finish().is_err_and(|error| refused(&error)), "{own:?}");
        assert!(
            Folder::create(&target, Existing::Replace).is_err_and(|error| refused(&error)),
            "{own:?}"
        );
        assert_eq!(
            (fs::read_to_string(&own).unwrap(), mark(&target)),
            ("mine".to_owned(), "old".to_owned())
        );
        assert_eq!(names(&target), ["r"]);
        fs::remove_file(&own).unwrap();
        let _ = fs::remove_dir(target.join("sub"));
    }
    begin(&target, "new").finish().unwrap();
    assert_eq!(mark(&target), "new");
}

/// A hidden name is no licence: what a run cannot have left there is refused and stays.
#[test]
fn what_others_keep_under_a_hidden_name_stays() {
    for ending in [PART, OLD] {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("r");
        let hidden = beside(&target, ending);
        fs::create_dir(&hidden).unwrap();
        fs::write(hidden.join("diary"), "mine").unwrap();
        let refused = Folder::create(&target, Existing::Replace);
        assert!(
            matches!(refused, Err(RecordingError::NotOurs { path, .. }) if path == hidden.join("diary")),
            "{ending}"
        );
        assert_eq!(fs::read_to_string(hidden.join("diary")).unwrap(), "mine");
        fs::remove_dir_all(&hidden).unwrap();
        #[cfg(unix)]
        {
            let other = dir.path().join("other");
            fill(&other, "other");
            std::os::unix::fs::symlink(&other, &hidden).unwrap();
            assert!(
                matches!(Folder::create(&target, Existing::Replace), Err(RecordingError::NotOurs { path, .. }) if path == hidden)
            );
            assert_eq!(mark(&other), "other", "{ending}");
        }
    }
}

#[test]
fn a_recording_that_is_to_be_kept_is_kept_also_where_a_killed_run_had_moved_it_away() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("r");
    begin(&target, "old").finish().unwrap();
    killed_after(2, &target);
    assert!(
        matches!(Folder::create(&target, Existing::Keep), Err(RecordingError::Exists(path)) if path == target)
    );
    assert_eq!(mark(&target), "old");
}

#[cfg(target_os = "linux")]
#[test]
fn a_mount_point_is_refused_before_anything_is_run() {
    assert!(
        matches!(Folder::create(Path::new("/proc"), Existing::Replace), Err(RecordingError::Mounted(path)) if path == Path::new("/proc"))
    );
}

/// Nor is something that is called like one of its files, or listed by somebody who wants it gone.
#[test]
fn only_files_that_a_recording_may_have_are_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("r");
    let list = |names: &str| {
        fs::write(target.join("session.toml"), format!("[recording]\n{names}")).unwrap();
    };
    fs::create_dir_all(target.join("ticks/S.parquet")).unwrap();
    list(&format!("files = {{ {FILES}, \"diary.txt\" = \"\" }}"));
    assert!(
        matches!(Folder::create(&target, Existing::Replace), Err(RecordingError::NotOurs { path, .. }) if path == target.join("ticks/S.parquet"))
    );
    fs::remove_dir(target.join("ticks/S.parquet")).unwrap();
    fs::write(target.join("diary.txt"), "mine").unwrap();
    assert!(
        matches!(Folder::create(&target, Existing::Replace), Err(RecordingError::NotOurs { path, .. }) if path == target.join("diary.txt"))
    );
    list("mark = \"no list\"");
    assert!(
        matches!(Folder::create(&target, Existing::Replace), Err(RecordingError::Occupied(path)) if path == target)
    );
}

/// A kill while the replaced one is removed, and a person who then removes the new one.
#[test]
fn half_of_a_recording_is_never_put_back() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("r");
    fill(&beside(&target, OLD), "old");
    fs::remove_file(beside(&target, OLD).join("session.toml")).unwrap();
    recover(&target).unwrap();
    assert!(!target.exists());
    drop(Folder::create(&target, Existing::Replace).unwrap());
    assert!(is_empty(dir.path()));
}

#[test]
fn a_reader_does_not_put_back_what_another_run_is_replacing() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("r");
    begin(&target, "old").finish().unwrap();
    let folder = begin(&target, "new");
    move_away(folder.part.path(), &target).unwrap();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| recover(&target).map(|()| mark(&target)));
        std::thread::sleep(LOOK_PAUSE * 2);
        put_in_place(folder.part.path(), &target).unwrap();
        assert_eq!(reader.join().unwrap().unwrap(), "new");
    });
}

#[cfg(unix)]
#[test]
fn what_a_link_leads_to_is_replaced_whole_and_the_link_stays() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("real")).unwrap();
    let (target, link) = (dir.path().join("real/r"), dir.path().join("link"));
    std::os::unix::fs::symlink("real/r", &link).unwrap();
    // Nothing there yet: it is made where the link leads.
    begin(&link, "old").finish().unwrap();
    assert_eq!((mark(&target), link.is_symlink()), ("old".to_owned(), true));
    begin(&link, "new").finish().unwrap();
    assert_eq!(
        (mark(&target), mark(&link), link.is_symlink()),
        ("new".to_owned(), "new".to_owned(), true)
    );
    assert_eq!(
        (names(&target), names(&link)),
        (vec!["r".to_owned()], vec!["link".to_owned(), "real".to_owned()])
    );
    // A reader finds what a killed run had moved away there.
    killed_after(2, &target);
    recover(&link).unwrap();
    assert_eq!(mark(&link), "new");
    let circle = dir.path().join("circle");
    std::os::unix::fs::symlink(&circle, &circle).unwrap();
    assert!(
        matches!(Folder::create(&circle, Existing::Replace), Err(RecordingError::Io { path, .. }) if path == circle)
    );
}

/// On Windows an open file may keep its folder where it is: then the older one stays whole, and the
/// message says why.
#[test]
fn a_recording_is_replaced_while_a_file_of_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("r");
    begin(&target, "old").finish().unwrap();
    let mut open = File::open(target.join("ticks/S.parquet")).unwrap();
    let finished = begin(&target, "new").finish();
    let mut read = String::new();
    open.read_to_string(&mut read).unwrap();
    assert_eq!(read, "old");
    drop(open);
    match finished {
        Ok(()) => assert_eq!(mark(&target), "new"),
        Err(error) => {
            assert!(cfg!(windows) && error.to_string().contains("close it"), "{error}");
            assert_eq!(mark(&target), "old");
        }
    }
    begin(&target, "next").finish().unwrap();
    assert_eq!((mark(&target), names(&target)), ("next".to_owned(), vec!["r".to_owned()]));
}
