//! A disk that is soon full: a small memory file system where one may be mounted, a limit on files elsewhere.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

const MOUNTED_BYTES: &str = "12m";
const GROWN_BYTES: &str = "256m";
/// In blocks of 1 KiB.
const FILE_LIMIT: u64 = 6 * 1024;

pub struct Small {
    folder: tempfile::TempDir,
    place: PathBuf,
    mounted: bool,
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|done| done.status.success())
}

impl Small {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("disk");
        std::fs::create_dir(&place).expect("a folder in it");
        let size = format!("size={MOUNTED_BYTES}");
        let mounted = succeeds(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&place));
        eprintln!(
            "{}",
            if mounted { "a small tmpfs" } else { "no mount here: a limit on the size of files" }
        );
        Self { folder, place, mounted }
    }

    pub fn folder(&self) -> &Path {
        &self.place
    }

    pub fn limit(&self) -> Option<u64> {
        (!self.mounted).then_some(FILE_LIMIT)
    }

    /// Makes room. (A limit on files ends with the process that had it.)
    pub fn grow(&self) {
        if self.mounted {
            let size = format!("remount,size={GROWN_BYTES}");
            let grown = succeeds(Command::new("mount").args(["-o", &size]).arg(&self.place));
            assert!(grown, "the file system grows");
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        if self.mounted && !succeeds(Command::new("umount").arg(&self.place)) {
            eprintln!("{} could not be unmounted", self.folder.path().display());
        }
    }
}
