//! Standard output and standard error. Every byte on standard output goes through [`print_with`].

use std::fs::Metadata;
use std::io::{self, Write};

use crate::failure::Failure;

/// Text to standard output; see [`print_with`].
pub fn print(text: &str) -> Result<(), Failure> {
    print_with(|stdout| stdout.write_all(text.as_bytes()))
}

/// To standard output, the only way there. A reader that has gone away is no error.
///
/// # Errors
/// Exit code 1: what was printed is not where it should be.
pub fn print_with(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    match write(&mut stdout).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            // What is left in the buffer has no place, either.
            let _ = stdout.into_parts();
            Err(Failure::check(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Whether a file is what standard output goes to.
pub fn same_as_stdout(file: &Metadata) -> bool {
    same(file, io::stdout())
}

/// Whether a file is what standard error goes to.
pub fn same_as_stderr(file: &Metadata) -> bool {
    same(file, io::stderr())
}

#[cfg(unix)]
fn same(file: &Metadata, stream: impl std::os::fd::AsFd) -> bool {
    use std::os::unix::fs::MetadataExt;
    let stream = stream.as_fd().try_clone_to_owned().and_then(|stream| std::fs::File::from(stream).metadata());
    stream.is_ok_and(|stream| (stream.dev(), stream.ino()) == (file.dev(), file.ino()))
}

/// Elsewhere a stream has no name but `-`.
#[cfg(not(unix))]
fn same<S>(_: &Metadata, _: S) -> bool {
    false
}
