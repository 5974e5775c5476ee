//! Reads handwritten digits in the IDX format, plain or inside gzip.
//!
//! An IDX file is a header of big-endian 32-bit numbers and then unsigned bytes to the end of the file:
//!
//! ```text
//! images   2051  count  rows  columns   count * rows * columns grey levels, row-major, 0 = background
//! labels   2049  count                  count labels, 0 to 9
//! ```
//!
//! A file is taken only if all of it is as its header says. No memory is reserved on a header's word: what a wrong
//! or hostile header announces is never more than what the file really holds.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;

use crate::failure::Failure;
use crate::text::shown;

/// Pixels a side of one digit.
pub const SIDE: usize = 28;
/// Pixels of one digit.
pub const PIXELS: usize = SIDE * SIDE;
/// Labels are below this.
pub const CLASSES: usize = 10;

/// More items than this in one file are refused; the largest published set of this format has 814,255.
const MAX_COUNT: usize = 1_000_000;
/// The first bytes of every gzip file.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Labelled digits; at least one of them has ink.
#[derive(Clone, Debug, PartialEq)]
pub struct Digits {
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

impl Digits {
    /// Number of digits, at least 1.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// The digits in order: [`PIXELS`] grey levels, row-major.
    pub fn images(&self) -> impl Iterator<Item = &[u8]> {
        self.pixels.chunks_exact(PIXELS)
    }

    /// The labels in the same order, each below [`CLASSES`].
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }
}

/// A file, or something that reads like one, with the name that errors call it by.
pub struct Source<R> {
    /// The name.
    pub name: String,
    /// The bytes.
    pub bytes: R,
}

/// Reads the training and the test digits from the four files of `directory`, each plain or with `.gz` (the plain one
/// if both are there) and under its published name or one of the other [`candidates`], and keeps at most the first `limits.0` and `limits.1` of them.
///
/// # Errors
/// A missing or unreadable file, or what [`read`] refuses: one line that names the file, the field and what was
/// expected.
pub fn read_directory(directory: &Path, limits: (usize, usize)) -> Result<(Digits, Digits), Failure> {
    if !directory.is_dir() {
        return Err(Failure::usage(format!(
            "{}: not a directory; expected one that holds train-images-idx3-ubyte and its companions",
            directory.display()
        )));
    }
    let part = |part: &str, limit| {
        let images = open(directory, part, "images", "idx3-ubyte")?;
        let labels = open(directory, part, "labels", "idx1-ubyte")?;
        read(images, labels, limit)
    };
    Ok((part("train", limits.0)?, part("t10k", limits.1)?))
}

fn open(directory: &Path, part: &str, kind: &str, ending: &str) -> Result<Source<BufReader<File>>, Failure> {
    let names = candidates(&format!("{part}-{kind}"), ending);
    let paths = names.iter().map(|name| directory.join(name));
    let Some(path) = paths.clone().find(|path| is_there(path)) else {
        // The folder of an archive's that should hold it tells more than the folder around it.
        let inside = paths.clone().find(|path| path.is_dir());
        let (what, folder) = match &inside {
            Some(folder) => ("a folder without such a file", folder.as_path()),
            None => ("no such file", directory),
        };
        return Err(Failure::usage(format!(
            "{}: {what}; expected an IDX file of this name, plain or with .gz; {}",
            inside.as_deref().unwrap_or(&directory.join(&names[0])).display(),
            contents(folder)
        )));
    };
    let name = path.display().to_string();
    match File::open(&path) {
        Ok(file) => Ok(Source { name, bytes: BufReader::new(file) }),
        Err(error) => Err(Failure::usage(format!("{name}: cannot be opened ({error}); expected a readable IDX file"))),
    }
}

/// All files of `directory` that [`read_directory`] may read.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let parts = [("images", "idx3-ubyte"), ("labels", "idx1-ubyte")];
    let stems = ["train", "t10k"].into_iter().flat_map(|part| parts.map(|(kind, ending)| (part, kind, ending)));
    let names = stems.flat_map(|(part, kind, ending)| candidates(&format!("{part}-{kind}"), ending));
    names.map(|name| directory.join(name)).filter(|path| is_there(path)).collect()
}

fn is_there(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_dir())
}

/// Where a file may be, the published name first: plain and packed, with the dot that other copies have in place of the
/// last hyphen, and each in a folder of its name, as an archive of Kaggle's unpacks.
fn candidates(stem: &str, ending: &str) -> Vec<PathBuf> {
    let plain = [format!("{stem}-{ending}"), format!("{stem}.{ending}")];
    let files: Vec<String> = plain.iter().flat_map(|name| [name.clone(), format!("{name}.gz")]).collect();
    let inside = plain.iter().flat_map(|folder| files.iter().map(move |file| Path::new(folder).join(file)));
    files.iter().map(PathBuf::from).chain(inside).collect()
}

/// What a folder holds, in a few words.
fn contents(directory: &Path) -> String {
    const MOST: usize = 6;
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| {
            let folder = if entry.path().is_dir() { "/" } else { "" };
            shown(&entry.file_name().to_string_lossy(), 40) + folder
        })
        .collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    match (names.as_slice(), more) {
        ([], _) => "the folder is empty".to_owned(),
        (names, 0) => format!("the folder holds {}", names.join(", ")),
        (names, more) => format!("the folder holds {} and {more} more", names.join(", ")),
    }
}

/// Reads images and their labels, checks both files to their last byte and keeps at most the first `limit` digits.
///
/// # Errors
/// One line that names the file, the field and what was expected.
pub fn read<R: BufRead>(images: Source<R>, labels: Source<R>, limit: usize) -> Result<Digits, Failure> {
    let (images_name, labels_name) = (images.name.clone(), labels.name.clone());
    let (pixels_count, mut pixels) = content(images, "images", 2051, &[SIDE, SIDE])?;
    let (labels_count, mut labels) = content(labels, "labels", 2049, &[])?;
    if labels_count != pixels_count {
        return Err(Failure::usage(format!(
            "{labels_name}: count of labels is {labels_count}; expected {pixels_count}, as many as there are images in \
             {images_name}"
        )));
    }
    if let Some(item) = labels.iter().position(|&label| usize::from(label) >= CLASSES) {
        return Err(Failure::usage(format!(
            "{labels_name}: label of item {item} is {}; expected 0 to {}",
            labels[item],
            CLASSES - 1
        )));
    }
    labels.truncate(limit);
    pixels.truncate(labels.len() * PIXELS);
    // Without ink there is nothing to learn: every gradient is zero, and so is the loss that others are divided by.
    if pixels.iter().all(|&level| level == 0) {
        return Err(Failure::usage(format!("{images_name}: pixels are all 0; expected digits")));
    }
    Ok(Digits { pixels, labels })
}

/// The count in the header and the data after it, of a file with items of `dimensions` bytes.
fn content<R: BufRead>(
    mut source: Source<R>,
    items: &str,
    magic: usize,
    dimensions: &[usize],
) -> Result<(usize, Vec<u8>), Failure> {
    let name = source.name;
    let unreadable = |what: &str, error: io::Error| {
        Failure::usage(format!("{name}: {what} cannot be read ({error}); expected a whole IDX file"))
    };
    let start = source.bytes.fill_buf().map_err(|error| unreadable("header", error))?;
    let packed = start.starts_with(&GZIP_MAGIC);
    let mut bytes: Box<dyn BufRead + '_> =
        if packed { Box::new(BufReader::new(Members::new(source.bytes))) } else { Box::new(source.bytes) };

    let start = bytes.fill_buf().map_err(|error| unreadable("header", error))?;
    let other = foreign(start).map(|what| if packed { format!("{what} inside gzip") } else { what });
    let expected = 4 * (2 + dimensions.len());
    let header = read_up_to(&mut bytes, expected).map_err(|error| unreadable("header", error))?;
    let field = |index: usize| {
        let bytes = header.get(4 * index..4 * index + 4)?;
        Some(bytes.iter().fold(0_usize, |value, &byte| value << 8 | usize::from(byte)))
    };
    let short = || Failure::usage(format!("{name}: header ends after {} bytes; expected {expected}", header.len()));

    // The magic number first: a header may be short because the file is of another kind.
    let found = field(0).ok_or_else(short)?;
    if let (true, Some(other)) = (found != magic, other) {
        return Err(Failure::usage(format!("{name}: is {other}; expected IDX {items}, plain or as one gzip")));
    }
    if found != magic {
        let of = match found {
            2049 => ", that of IDX labels",
            2051 => ", that of IDX images",
            _ => "",
        };
        return Err(Failure::usage(format!("{name}: magic number is {found}{of}; expected {magic} (IDX {items})")));
    }
    let count = field(1).ok_or_else(short)?;
    if count == 0 || count > MAX_COUNT {
        return Err(Failure::usage(format!("{name}: count of {items} is {count}; expected 1 to {MAX_COUNT}")));
    }
    for (index, (&expected, dimension)) in dimensions.iter().zip(["rows", "columns"]).enumerate() {
        let found = field(2 + index).ok_or_else(short)?;
        if found != expected {
            return Err(Failure::usage(format!("{name}: number of {dimension} is {found}; expected {expected}")));
        }
    }

    let expected = count * dimensions.iter().product::<usize>();
    // One byte more than there should be, to see whether the file ends where it should.
    let data = read_up_to(&mut bytes, expected + 1).map_err(|error| unreadable("data", error))?;
    if data.len() < expected {
        return Err(Failure::usage(format!("{name}: data ends after {} bytes; expected {expected}", data.len())));
    }
    if data.len() > expected {
        return Err(Failure::usage(format!(
            "{name}: data goes on after {expected} bytes; expected the file to end there, as its header says"
        )));
    }
    Ok((count, data))
}

/// What a file is, by how it begins, when it is of no kind that is read here but of one that takes its place in practice.
fn foreign(start: &[u8]) -> Option<String> {
    const KINDS: [(&[u8], &str); 13] = [
        (&GZIP_MAGIC, "a gzip file"),
        (b"PK\x03\x04", "a zip archive, which must be unpacked first"),
        (b"PK\x05\x06", "an empty zip archive"),
        (b"Rar!\x1a\x07", "a RAR archive, which must be unpacked first"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive, which must be unpacked first"),
        (b"\x89PNG", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"version https://git-lfs", "a Git LFS pointer and not the file itself, which `git lfs pull` fetches"),
        (b"version ", "a Git LFS pointer and not the file itself, which `git lfs pull` fetches"),
        (b"\xfd7zXZ", "an xz file, which must be unpacked first"),
        (b"BZh", "a bzip2 file, which must be unpacked first"),
        (b"\x28\xb5\x2f\xfd", "a zstd file, which must be unpacked first"),
        (b"\x93NUMPY", "a NumPy array"),
    ];
    let known = KINDS.iter().find(|(magic, _)| start.starts_with(magic)).map(|&(_, what)| what.to_owned());
    known.or_else(|| {
        // Text, as far as it is seen here; the header of an IDX file begins with a zero.
        let text = String::from_utf8_lossy(start.get(..80).unwrap_or(start)).trim_start_matches('\u{feff}').to_owned();
        let text = text.trim_start();
        let printable = text.chars().all(|c| c != '\u{fffd}' && (!c.is_control() || c.is_whitespace()));
        match text.chars().next() {
            Some('<') if printable => Some("a page of HTML or XML, as servers send in place of a file".to_owned()),
            Some(_) if printable => Some(format!("text that begins {:?}", shown(text.lines().next()?, 30))),
            _ => None,
        }
    })
}

/// The contents of a gzip file: of its members one after the other, as gzip(1) reads them, and of the zeros that some tapes
/// and block devices leave at its end nothing.
struct Members<R> {
    /// `None` after the end, or when an error has lost the place.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    fn new(bytes: R) -> Self {
        Self { member: Some(GzDecoder::new(bytes)) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(mut rest) = self.member.take().map(GzDecoder::into_inner) else { break };
            let padded = rest.fill_buf()?.first() == Some(&0);
            skip_zeros(&mut rest)?;
            if !rest.fill_buf()?.is_empty() {
                if padded {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "something follows the zeros at the end"));
                }
                self.member = Some(GzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}

fn skip_zeros(bytes: &mut impl BufRead) -> io::Result<()> {
    loop {
        let zeros = bytes.fill_buf()?.iter().take_while(|&&byte| byte == 0).count();
        if zeros == 0 {
            return Ok(());
        }
        bytes.consume(zeros);
    }
}

/// The next `limit` bytes, or all that are left.
fn read_up_to(bytes: &mut impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut buffer = Vec::new();
    bytes.take(limit as u64).read_to_end(&mut buffer)?;
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// Two digits, one of them with a single bright pixel.
    fn good_images() -> Vec<u8> {
        let mut file = header(&[2051, 2, 28, 28]);
        file.resize(file.len() + 2 * PIXELS, 0);
        file[16 + PIXELS + 3] = 200;
        file
    }

    fn good_labels() -> Vec<u8> {
        let mut file = header(&[2049, 2]);
        file.extend([7, 0]);
        file
    }

    fn header(fields: &[u32]) -> Vec<u8> {
        fields.iter().flat_map(|field| field.to_be_bytes()).collect()
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn try_read(images: &[u8], labels: &[u8]) -> Result<Digits, Failure> {
        let source = |name: &str, bytes| Source { name: name.into(), bytes };
        read(source("IMAGES", images), source("LABELS", labels), 100)
    }

    /// The line that the pair is refused with.
    fn refusal(images: &[u8], labels: &[u8]) -> String {
        let line = try_read(images, labels).expect_err("must be refused").to_string();
        assert!(!line.contains('\n'), "more than one line: {line}");
        line
    }

    #[test]
    fn plain_and_gzip_give_the_same_digits() {
        let plain = try_read(&good_images(), &good_labels()).unwrap();
        assert_eq!(plain.len(), 2);
        assert_eq!(plain.labels(), [7, 0]);
        let second = plain.images().nth(1).unwrap();
        assert_eq!((second.len(), second[3], second[4]), (PIXELS, 200, 0));
        assert_eq!(try_read(&gzip(&good_images()), &gzip(&good_labels())).unwrap(), plain);
        // A gzip file may have several members; their contents follow each other.
        let (head, tail) = (gzip(&good_images()[..100]), gzip(&good_images()[100..]));
        assert_eq!(try_read(&[head, tail].concat(), &good_labels()).unwrap(), plain);
    }

    #[test]
    fn the_first_digits_are_kept() {
        let source = |name: &str, bytes| Source { name: name.into(), bytes };
        let mut images = good_images();
        images[16] = 1;
        let digits = read(source("I", images.as_slice()), source("L", good_labels().as_slice()), 1).unwrap();
        assert_eq!((digits.len(), digits.labels(), digits.images().count()), (1, [7].as_slice(), 1));
    }

    #[test]
    fn headers_are_checked_field_by_field() {
        let line = refusal(&[], &good_labels());
        assert_eq!(line, "IMAGES: header ends after 0 bytes; expected 16");
        let line = refusal(&good_images()[..15], &good_labels());
        assert_eq!(line, "IMAGES: header ends after 15 bytes; expected 16");
        let line = refusal(&good_labels(), &good_labels());
        assert_eq!(line, "IMAGES: magic number is 2049, that of IDX labels; expected 2051 (IDX images)");
        let line = refusal(&good_images(), &good_images());
        assert_eq!(line, "LABELS: magic number is 2051, that of IDX images; expected 2049 (IDX labels)");
        let line = refusal(&header(&[2051, 0, 28, 28]), &good_labels());
        assert_eq!(line, "IMAGES: count of images is 0; expected 1 to 1000000");
        let line = refusal(&header(&[2051, u32::MAX, 28, 28]), &good_labels());
        assert_eq!(line, "IMAGES: count of images is 4294967295; expected 1 to 1000000");
        let line = refusal(&header(&[2051, 2, 27, 28]), &good_labels());
        assert_eq!(line, "IMAGES: number of rows is 27; expected 28");
        let line = refusal(&header(&[2051, 2, 28, 1 << 31]), &good_labels());
        assert_eq!(line, "IMAGES: number of columns is 2147483648; expected 28");
        // A million images announced, none there: refused without reserving memory for them.
        let line = refusal(&header(&[2051, 1_000_000, 28, 28]), &good_labels());
        assert_eq!(line, "IMAGES: data ends after 0 bytes; expected 784000000");
    }

    #[test]
    fn data_must_end_where_the_header_says() {
        let (images, labels) = (good_images(), good_labels());
        let line = refusal(&images[..images.len() - 1], &labels);
        assert_eq!(line, "IMAGES: data ends after 1567 bytes; expected 1568");
        let line = refusal(&images, &[labels.as_slice(), &[1]].concat());
        assert_eq!(line, "LABELS: data goes on after 2 bytes; expected the file to end there, as its header says");
        let line = refusal(&gzip(&[images.as_slice(), &[0]].concat()), &labels);
        assert_eq!(line, "IMAGES: data goes on after 1568 bytes; expected the file to end there, as its header says");
    }

    #[test]
    fn broken_gzip_is_refused() {
        let packed = gzip(&good_images());
        for broken in [
            packed[..packed.len() / 2].to_vec(),
            packed[..packed.len() - 1].to_vec(),
            packed[..5].to_vec(),
            packed.iter().enumerate().map(|(i, &b)| if i + 6 == packed.len() { !b } else { b }).collect(),
            [packed.as_slice(), b"rubbish"].concat(),
        ] {
            let line = refusal(&broken, &good_labels());
            assert!(line.starts_with("IMAGES: ") && line.ends_with("; expected a whole IDX file"), "{line}");
        }
    }

    #[test]
    fn zeros_after_a_gzip_are_no_content() {
        let plain = try_read(&good_images(), &good_labels()).unwrap();
        let padded = |zeros| [gzip(&good_images()), vec![0; zeros]].concat();
        for zeros in [1, 511, 100_000] {
            assert_eq!(try_read(&padded(zeros), &good_labels()).unwrap(), plain, "{zeros}");
        }
        let line = refusal(&[padded(512), gzip(&[])].concat(), &good_labels());
        assert!(line.contains("something follows the zeros"), "{line}");
    }

    #[test]
    fn what_lies_under_the_right_name_is_named() {
        let page = b"\xef\xbb\xbf\n<!DOCTYPE html><html lang=\"en\">".as_slice();
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0".as_slice();
        for (bytes, what) in [
            (page.to_vec(), "a page of HTML"),
            (page[3..].to_vec(), "a page of HTML"),
            (gzip(page), "a page of HTML or XML, as servers send in place of a file inside gzip"),
            (pointer.to_vec(), "a Git LFS pointer"),
            (gzip(&gzip(&good_images())), "a gzip file inside gzip"),
            (b"PK\x03\x04\x14\0\0\0\x08\0aaaaaaaaaa".to_vec(), "a zip archive"),
            (b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0".to_vec(), "an empty zip archive"),
            (b"Rar!\x1a\x07\x01\0aaaaaaaaaa".to_vec(), "a RAR archive"),
            (b"7z\xbc\xaf\x27\x1caaaaaaaaaaaa".to_vec(), "a 7z archive"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec(), "a PNG picture"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0aaaaa".to_vec(), "a JPEG picture"),
            (b"\xfd7zXZ\0\0\x04aaaaaaaaaaaa".to_vec(), "an xz file"),
            (b"\x93NUMPY\x01\0v\0{'descr'".to_vec(), "a NumPy array"),
            (b"label,1x1,1x2\n5,0,0,0,0,0".to_vec(), "text that begins \"label,1x1,1x2\""),
        ] {
            let line = refusal(&bytes, &good_labels());
            assert!(
                line.starts_with(&format!("IMAGES: is {what}")) && line.contains("; expected IDX images"),
                "{line}"
            );
        }
        // Neither an IDX file nor text.
        let line = refusal(&[0xff; 40], &good_labels());
        assert_eq!(line, "IMAGES: magic number is 4294967295; expected 2051 (IDX images)");
    }

    #[test]
    fn labels_must_fit_the_images() {
        let mut labels = good_labels();
        labels[9] = 10;
        assert_eq!(refusal(&good_images(), &labels), "LABELS: label of item 1 is 10; expected 0 to 9");
        let mut labels = header(&[2049, 3]);
        labels.extend([1, 2, 3]);
        let line = refusal(&good_images(), &labels);
        assert_eq!(line, "LABELS: count of labels is 3; expected 2, as many as there are images in IMAGES");
    }

    #[test]
    fn blank_images_are_refused() {
        let mut images = good_images();
        images[16..].fill(0);
        assert_eq!(refusal(&images, &good_labels()), "IMAGES: pixels are all 0; expected digits");
    }

    #[test]
    fn a_directory_is_searched_for_both_forms() {
        let directory = std::env::temp_dir().join(format!("tutee-idx-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let line = read_directory(&directory.join("absent"), (9, 9)).unwrap_err().to_string();
        assert!(line.contains("absent: not a directory; expected one that holds train-images"), "{line}");

        fs::write(directory.join("train-images-idx3-ubyte"), good_images()).unwrap();
        fs::write(directory.join("train-labels-idx1-ubyte.gz"), gzip(&good_labels())).unwrap();
        fs::write(directory.join("t10k-images-idx3-ubyte.gz"), gzip(&good_images())).unwrap();
        let line = read_directory(&directory, (9, 9)).unwrap_err().to_string();
        assert!(line.contains("t10k-labels-idx1-ubyte: no such file; expected an IDX file of this name"), "{line}");

        fs::write(directory.join("t10k-labels-idx1-ubyte"), good_labels()).unwrap();
        let (train, test) = read_directory(&directory, (9, 9)).unwrap();
        assert_eq!((train.len(), &train), (2, &test));

        // As an archive of Kaggle's unpacks: each file in a folder of its name, some with a dot.
        fs::remove_file(directory.join("train-images-idx3-ubyte")).unwrap();
        fs::create_dir(directory.join("train-images-idx3-ubyte")).unwrap();
        let line = read_directory(&directory, (9, 9)).unwrap_err().to_string();
        assert!(line.contains("train-images-idx3-ubyte: a folder without such a file; expected"), "{line}");
        assert!(line.ends_with("; the folder is empty"), "{line}");
        fs::write(directory.join("train-images-idx3-ubyte/train-images-idx3-ubyte"), good_images()).unwrap();
        fs::rename(directory.join("t10k-labels-idx1-ubyte"), directory.join("t10k-labels.idx1-ubyte")).unwrap();
        assert_eq!(read_directory(&directory, (9, 9)).unwrap(), (train, test));
        fs::remove_dir_all(&directory).unwrap();
    }
}
