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
    stdout_is_open()?;
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

/// To standard error, for results: whoever asked for them there wants to know that they are not.
///
/// # Errors
/// Exit code 1, which is all that is left to tell where it is closed.
pub fn write_to_stderr(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    open("standard error", closed::stderr())?;
    write(&mut io::stderr().lock()).map_err(|error| Failure::check(format!("standard error: {error}")))
}

/// Refuses to write where nothing can be read, as `>&-` asks.
///
/// # Errors
/// Exit code 1.
pub fn stdout_is_open() -> Result<(), Failure> {
    open("standard output", closed::stdout())
}

fn open(stream: &str, closed: bool) -> Result<(), Failure> {
    if closed { Err(Failure::check(format!("{stream}: it is closed"))) } else { Ok(()) }
}

/// Which streams were closed when the program began. In place of those the standard library opens the null device before
/// `main`, and what is written there is lost without a word.
#[cfg(unix)]
mod closed {
    use std::sync::atomic::{AtomicBool, Ordering};

    static STDOUT: AtomicBool = AtomicBool::new(false);
    static STDERR: AtomicBool = AtomicBool::new(false);

    ctor::declarative::ctor! {
        #[ctor(unsafe)]
        fn look() {
            for (stream, closed) in [(libc::STDOUT_FILENO, &STDOUT), (libc::STDERR_FILENO, &STDERR)] {
                // SAFETY: asks for a number's flags, whether or not it stands for a file.
                closed.store(unsafe { libc::fcntl(stream, libc::F_GETFD) } < 0, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn stdout() -> bool {
        STDOUT.load(Ordering::Relaxed)
    }

    pub(super) fn stderr() -> bool {
        STDERR.load(Ordering::Relaxed)
    }
}

/// Elsewhere nobody can say.
#[cfg(not(unix))]
mod closed {
    pub(super) fn stdout() -> bool {
        false
    }

    pub(super) fn stderr() -> bool {
        false
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
