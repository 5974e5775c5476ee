//! Files that appear at their name only when they are whole: written beside it, and then renamed, where the system lets
//! that be done.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::{Component, Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;
use crate::streams::{print_with, same_as_stderr, same_as_stdout, stdout_is_open, write_to_stderr};

/// Links from one name to the next that are followed.
const MOST_LINKS: usize = 40;

/// A file that is whole and does not have its name yet; it goes away when it never gets it.
#[derive(Debug)]
pub struct Pending {
    content: Content,
    path: PathBuf,
}

#[derive(Debug)]
enum Content {
    /// A file beside its place.
    Beside(NamedTempFile),
    /// For a file in a folder where no other can be made.
    Memory(Vec<u8>),
}

impl Pending {
    /// Writes beside `path`; or in memory, where there is a file at `path` and nothing can be made beside it.
    ///
    /// # Errors
    /// A folder that cannot be written to, or what `write` says.
    pub fn new(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Self> {
        let path = target(path);
        let file = match held(&path) {
            Err(_) if path.is_file() => {
                let mut bytes = Vec::new();
                write(&mut bytes)?;
                return Ok(Self { content: Content::Memory(bytes), path });
            }
            file => file?,
        };
        if let Ok(earlier) = fs::metadata(&path) {
            keep_owner(file.as_file(), &earlier);
            // After the owner, whose change takes some of them away.
            file.as_file().set_permissions(earlier.permissions())?;
        }
        let mut writer = BufWriter::new(file.as_file());
        write(&mut writer)?;
        writer.flush()?;
        drop(writer);
        // Some file systems say only now that they are full.
        file.as_file().sync_all()?;
        Ok(Self { content: Content::Beside(file), path })
    }

    /// Gives the file its name, in place of an earlier file. An earlier file that cannot be replaced, for example because
    /// it is a mount of its own or its folder belongs to somebody else, is written in place: who reads it meanwhile, or
    /// after a failure, may see half of it. Where that is refused as well, what was written beside it stays, and the line
    /// says where.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn name(self) -> Result<(), Failure> {
        let Self { content, path } = self;
        let file = match content {
            Content::Beside(file) => file,
            Content::Memory(bytes) => {
                return in_place(&path, &mut bytes.as_slice())
                    .map_err(|error| Failure::check(format!("{}: {error}; expected all of it there", path.display())));
            }
        };
        let Err(mut refused) = file.persist(&path) else { return Ok(()) };
        let copied = refused.file.rewind().and_then(|()| in_place(&path, refused.file.as_file_mut()));
        if copied.is_ok() {
            // The file beside it goes away.
            return Ok(());
        }
        let place =
            refused.file.keep().map_or_else(|error| error.to_string(), |(_, place)| place.display().to_string());
        Err(Failure::check(format!("{}: {}; what belongs there is in {place}", path.display(), refused.error)))
    }
}

/// Gives a file the owner and the group of the one that it is to replace, where that is allowed: root may, others may give a
/// file to a group that they belong to.
#[cfg(unix)]
fn keep_owner(file: &File, earlier: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let (user, group) = (earlier.uid(), earlier.gid());
    let other = file.metadata().is_ok_and(|own| (own.uid(), own.gid()) != (user, group));
    if other && fchown(file, Some(user), Some(group)).is_err() {
        let _ = fchown(file, None, Some(group));
    }
}

/// Elsewhere a new file belongs to whom its folder says.
#[cfg(not(unix))]
fn keep_owner(_: &File, _: &fs::Metadata) {}

/// Overwrites a file that is there.
fn in_place(path: &Path, content: &mut impl Read) -> io::Result<()> {
    // Opening a pipe would wait for its reader.
    if !path.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut file = File::options().write(true).truncate(true).open(path)?;
    io::copy(content, &mut file)?;
    file.sync_all()
}

/// Whether a file could be written at `path`; leaves nothing behind, and takes away what killed programs have left beside it.
///
/// # Errors
/// Why not.
pub fn probe(path: &Path) -> io::Result<()> {
    clear(&target(path));
    beside(&target(path)).map(drop)
}

/// Removes files beside `path` that were to become files and never will: whoever writes one holds a lock on it, which ends with the
/// program, however that ends. What cannot be removed is no harm.
fn clear(path: &Path) {
    for entry in fs::read_dir(folder_of(path)).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let named = name.to_str().is_some_and(|name| name.starts_with(PASSING.0) && name.ends_with(PASSING.1));
        if !(named && entry.file_type().is_ok_and(|kind| kind.is_file())) {
            continue;
        }
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The name that links end at, whether or not there is a file.
fn target(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(next) = fs::read_link(&path) else { break };
        path = folder_of(&path).join(next);
    }
    path
}

/// The one name of a file or a folder, whether or not it is there yet: absolute, and without links as far as it exists.
pub fn resolved(path: &Path) -> PathBuf {
    let path = target(path);
    let mut whole = PathBuf::new();
    for part in std::path::absolute(&path).unwrap_or(path).components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            part => whole.push(part),
        }
        // Step by step: what `..` leads to depends on the links before it.
        whole = fs::canonicalize(&whole).unwrap_or(whole);
    }
    whole
}

/// Whether two names, of which `known` is that of a file, lead to the same file, by links of either kind.
pub fn same_file(known: &Path, path: &Path) -> bool {
    #[cfg(unix)]
    if let (Ok(known), Ok(path)) = (fs::metadata(known), fs::metadata(path)) {
        use std::os::unix::fs::MetadataExt;
        return known.is_file() && (known.dev(), known.ino()) == (path.dev(), path.ino());
    }
    known.is_file() && resolved(known) == resolved(path)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// How passing names begin and end.
const PASSING: (&str, &str) = (".tutee-", ".part");

/// A new file in the folder of `path`; the system's own error, without the passing name.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let open = |path: &Path| File::options().read(true).write(true).create_new(true).open(path);
    tempfile::Builder::new().prefix(PASSING.0).suffix(PASSING.1).make_in(folder_of(path), open)
}

/// A new file that [`clear`] leaves alone as long as it is open.
fn held(path: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = beside(path)?;
        // Where there are no locks, nobody gets one and removes the file.
        let _ = file.as_file().lock();
        // Another program may have come between the two.
        if file.path().exists() {
            return Ok(file);
        }
    }
}

/// Where a machine-readable result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sink {
    /// Standard output, under this name or another.
    Stdout,
    /// Standard error.
    Stderr,
    /// A pipe or a device: opened once, and written to.
    Stream(PathBuf),
    /// A file, which is replaced, or written in place where it cannot be: see [`Pending::name`].
    File(PathBuf),
}

impl Sink {
    /// Sees that `path` can be written to, before any time is spent on what belongs there; leaves nothing behind.
    ///
    /// # Errors
    /// One line that names the path.
    pub fn new(path: &Path) -> Result<Self, Failure> {
        let found = fs::metadata(path);
        if path == Path::new("-") || found.as_ref().is_ok_and(same_as_stdout) {
            return stdout_is_open().map(|()| Self::Stdout);
        }
        if found.as_ref().is_ok_and(same_as_stderr) {
            return Ok(Self::Stderr);
        }
        let whole = path.file_name().is_some() && !path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let checked = match found {
            Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            // Opening a pipe waits for its reader, and closing it again is all that the reader would see.
            Ok(found) if !found.is_file() => return Ok(Self::Stream(path.to_owned())),
            // A file that may not be written to is not replaced, either.
            Ok(_) => {
                clear(&target(path));
                File::options().append(true).open(path).map(drop)
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Err(_) if whole => probe(path),
            Err(error) => Err(error),
        };
        checked.map_err(|error| unwritable(path, &error))?;
        Ok(Self::File(path.to_owned()))
    }

    /// Writes the whole result.
    ///
    /// # Errors
    /// Exit code 1, and one line that names the place; a file that was there is then as it was, unless it had to be
    /// written in place.
    pub fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let unwritten = |path: &Path, error: &io::Error| {
            let earlier = if path.is_file() { "; the file there is an earlier one" } else { "" };
            Failure::check(format!("{}: {error}; the result is not written{earlier}", path.display()))
        };
        match self {
            Self::Stdout => print_with(write),
            Self::Stderr => write_to_stderr(write),
            Self::Stream(path) => {
                let stream = File::options().write(true).open(path);
                let written =
                    stream.map(BufWriter::new).and_then(|mut stream| write(&mut stream).and_then(|()| stream.flush()));
                match written {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(path, &error)),
                    _ => Ok(()),
                }
            }
            Self::File(path) => Pending::new(path, write).map_err(|error| unwritten(path, &error))?.name(),
        }
    }
}

/// Exit code 2, before anything has run.
pub fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{}: {error}; expected a place to write to", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_program_left_is_taken_away_and_what_another_writes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.json");
        let names = || {
            let entries =
                fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            entries.collect::<std::collections::BTreeSet<_>>()
        };
        let written = Pending::new(&path, |file| file.write_all(b"half")).unwrap();
        let others = [".tutee-of-mine", "my.part", "notes"];
        others.iter().for_each(|name| fs::write(folder.path().join(name), "").unwrap());
        let before = names();
        assert_eq!(before.len(), 4);
        let left = folder.path().join(".tutee-abcdef.part");
        fs::write(&left, "half of a resul").unwrap();
        Sink::new(&path).unwrap();
        assert_eq!(names(), before);
        // Likewise where there is an earlier result.
        fs::write(&path, "an earlier result").unwrap();
        fs::write(&left, "half of a resul").unwrap();
        Sink::new(&path).unwrap();
        assert_eq!(names().len(), before.len() + 1);
        assert!(!left.exists());
        written.name().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"half");
    }

    #[test]
    fn a_file_that_cannot_be_replaced_is_written_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.json");
        fs::write(&path, "an earlier and longer result").unwrap();
        // The name beside it is gone, which the system refuses to rename as it refuses to replace a mount.
        let pending = Pending::new(&path, |file| file.write_all(b"new")).unwrap();
        let beside = |folder: &Path| {
            let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            names.filter(|name| *name != path).collect::<Vec<_>>()
        };
        beside(folder.path()).iter().for_each(|part| fs::remove_file(part).unwrap());
        pending.name().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert!(beside(folder.path()).is_empty());
        // What was no file is not overwritten.
        fs::remove_file(&path).unwrap();
        let pending = Pending::new(&path, |file| file.write_all(b"new")).unwrap();
        fs::create_dir(&path).unwrap();
        let line = pending.name().unwrap_err().to_string();
        assert!(line.contains("; what belongs there is in "), "{line}");
        let [kept] = beside(folder.path()).try_into().unwrap();
        assert_eq!(fs::read_to_string(kept).unwrap(), "new");
    }
}
