use std::vec::Vec;
use std::{format, vec};

use super::*;
use crate::snapshot::PIECE_LEN;

/// How a medium takes bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Medium {
    /// Bytes become `FF` before any is written, and writing only clears bits.
    Flash,
    /// Bytes are written over what was there.
    File,
}

/// Two slots whose power goes when so many bytes have been erased or written.
struct Mock {
    medium: Medium,
    backwards: bool,
    slots: [Vec<u8>; 2],
    bytes_until_shutoff: usize,
}

impl Mock {
    /// One byte becomes another; with the power going, only some bits of it. Tells whether there is power.
    fn byte(&mut self, slot: usize, at: usize, byte: u8) -> bool {
        let cell = &mut self.slots[slot][at];
        if self.bytes_until_shutoff == 0 {
            // The upper half has changed, the lower half has not yet.
            *cell = *cell & 0x0F | byte & 0xF0;
            return false;
        }
        self.bytes_until_shutoff -= 1;
        *cell = byte;
        true
    }

    fn write(&mut self, slot: usize, image: &[u8]) -> bool {
        let len = self.slots[slot].len();
        let backwards = self.backwards;
        let order = |count: usize| (0..count).map(move |i| if backwards { count - 1 - i } else { i });
        if self.medium == Medium::Flash {
            for at in order(len) {
                if !self.byte(slot, at, 0xFF) {
                    return false;
                }
            }
        }
        for at in order(image.len()) {
            let cell = self.slots[slot][at];
            assert!(self.medium == Medium::File || cell == 0xFF, "flash is erased before it is written");
            if !self.byte(slot, at, image[at]) {
                return false;
            }
        }
        true
    }

    fn read(&self) -> Slots<'_> {
        read([&self.slots[0], &self.slots[1]])
    }

    fn save(&mut self, payload: &[u8]) -> bool {
        let (slot, sequence) = (self.read().next, self.read().sequence);
        self.write(slot, &image(payload, sequence))
    }
}

fn image(payload: &[u8], sequence: u32) -> Vec<u8> {
    let mut image = vec![0xAA; slot_len(payload.len())];
    image[RECORD_LEN..].copy_from_slice(payload);
    seal(&mut image, sequence).unwrap();
    image
}

const PAGE: usize = 64;

/// Slots that hold `old` under `sequence` in `slot`, and what was saved before it in the other.
fn begun(medium: Medium, backwards: bool, slot: usize, sequence: u32, old: &[u8]) -> Mock {
    let mut slots = [vec![0xFF; PAGE], vec![0xFF; PAGE]];
    let before = image(b"the one before", sequence.wrapping_sub(1));
    slots[slot][..slot_len(old.len())].copy_from_slice(&image(old, sequence));
    slots[1 - slot][..before.len()].copy_from_slice(&before);
    Mock { medium, backwards, slots, bytes_until_shutoff: usize::MAX }
}

/// The power goes at every byte that is erased or written; what is read is what was saved last, and saving again goes well.
#[test]
fn a_power_cut_at_any_byte_leaves_the_last_whole() {
    let (old, new) = (&b"an older payload, longer than that"[..], &b"a new one"[..]);
    for medium in [Medium::Flash, Medium::File] {
        for (slot, backwards) in [(0, false), (0, true), (1, false), (1, true)] {
            for sequence in [0, 1, 7, i32::MAX as u32, i32::MAX as u32 + 1, u32::MAX - 1, u32::MAX] {
                let erased = if medium == Medium::Flash { PAGE } else { 0 };
                let bytes = erased + slot_len(new.len());
                for cut in 0..=bytes {
                    let story = format!("{medium:?}, slot {slot}, backwards {backwards}, {sequence}, cut at {cut}");
                    let mut mock = begun(medium, backwards, slot, sequence, old);
                    assert_eq!(mock.read().newest, Some(old), "{story}");
                    mock.bytes_until_shutoff = cut;
                    assert_eq!(mock.save(new), cut == bytes, "{story}");
                    let found = mock.read();
                    // The last byte may have become what it should be while the power went.
                    if cut == bytes || cut + 1 == bytes && found.newest == Some(new) {
                        assert_eq!(
                            found,
                            Slots { newest: Some(new), next: slot, sequence: sequence.wrapping_add(2) },
                            "{story}"
                        );
                    } else {
                        assert_eq!(
                            found,
                            Slots { newest: Some(old), next: 1 - slot, sequence: sequence.wrapping_add(1) },
                            "{story}"
                        );
                    }
                    mock.bytes_until_shutoff = usize::MAX;
                    assert!(mock.save(b"after the cut"));
                    assert_eq!(mock.read().newest, Some(&b"after the cut"[..]), "{story}");
                }
            }
        }
    }
}

/// What is saved is a snapshot, and ends in a checksum of its own: under that of the slot it must not look like any other of its
/// length. It did while both were CRCs of one polynomial: a power cut after the first twelve bytes of a file left the snapshot
/// before the last one, under the new sequence number.
#[test]
fn payloads_that_end_in_their_checksum_are_told_apart() {
    let ended = |payload: &[u8]| [payload, &crate::snapshot::head::crc32(payload).to_le_bytes()].concat();
    let (before, old, new) = (ended(b"the first"), ended(b"the next."), ended(b"the last."));
    for backwards in [false, true] {
        for cut in 0..slot_len(new.len()) - 1 {
            let slots = [image(&before, 7), image(&old, 8)];
            let mut mock = Mock { medium: Medium::File, backwards, slots, bytes_until_shutoff: cut };
            assert!(!mock.save(&new));
            assert_eq!(mock.read().newest, Some(&old[..]), "backwards {backwards}, cut at {cut}");
        }
    }
}

#[test]
fn crc32c_of_the_published_check_string() {
    assert_eq!(crc32c(b"123456789"), 0xE306_9283);
}

/// A second cut, and a third, while the slot that the first one broke is written again.
#[test]
fn cuts_one_after_another_leave_the_last_whole() {
    let old = &b"what there was"[..];
    for cut in 0..PAGE + slot_len(9) - 1 {
        let mut mock = begun(Medium::Flash, false, 1, u32::MAX, old);
        for bytes in [cut, PAGE + slot_len(9) - 2 - cut, cut] {
            mock.bytes_until_shutoff = bytes;
            assert!(!mock.save(b"a new one"));
            assert_eq!(mock.read().newest, Some(old));
        }
    }
}

#[test]
fn slots_are_written_in_turn_from_nothing_on() {
    for cell in [0x00, 0xFF] {
        let mut mock = Mock {
            medium: Medium::File,
            backwards: false,
            slots: [vec![cell; PAGE], vec![cell; PAGE]],
            bytes_until_shutoff: usize::MAX,
        };
        assert_eq!(mock.read(), Slots { newest: None, next: 0, sequence: 0 });
        for sequence in 0..5_u32 {
            assert_eq!((mock.read().next, mock.read().sequence), (sequence as usize % 2, sequence));
            let payload = vec![sequence as u8; sequence as usize];
            assert!(mock.save(&payload));
            assert_eq!(mock.read().newest, Some(&payload[..]));
        }
    }
}

#[test]
fn every_flip_of_a_bit_is_seen_and_every_end() {
    let good = image(b"payload", 3);
    assert_eq!(read([&good, &[]]), Slots { newest: Some(b"payload"), next: 1, sequence: 4 });
    for bit in 0..8 * good.len() {
        let mut flipped = good.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(read([&flipped, &good]), Slots { newest: Some(b"payload"), next: 0, sequence: 4 });
    }
    for end in 0..good.len() {
        assert_eq!(read([&good[..end], &[]]).newest, None);
    }
    // Lengths that no slot has, with a checksum that fits.
    for len in [8_u32, u32::MAX - 8, u32::MAX] {
        let mut forged = good.clone();
        forged[8..12].copy_from_slice(&len.to_le_bytes());
        let checksum = crc32c(&forged[4..]);
        forged[..4].copy_from_slice(&checksum.to_le_bytes());
        assert_eq!(read([&forged, &[]]).newest, None);
    }
}

#[test]
fn an_image_without_room_for_its_record_is_refused() {
    for found in 0..RECORD_LEN {
        let mut image = vec![7; found];
        let refusal = Err(Error::Length { what: "image of a slot", expected: RECORD_LEN, found });
        assert_eq!(seal(&mut image, 0), refusal);
        assert_eq!(image, vec![7; found]);
    }
    assert!(seal(&mut [0; RECORD_LEN], 0).is_ok());
}

/// What ends a save: the library's word, or that the power went.
#[derive(Debug, PartialEq)]
enum Ended {
    Refused(Error),
    Off,
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

#[test]
fn pieces_are_the_bytes_of_the_image_and_a_cut_after_any_leaves_the_other_slot() {
    for len in [0, 1, 51, 52, 53, 115, 116, 117, 500] {
        let payload: Vec<u8> = (0..len).map(|i| (i * 7 % 251) as u8).collect();
        let mut image = [&[0; RECORD_LEN], &payload[..]].concat();
        seal(&mut image, 41).unwrap();
        let mut old = [&[0; RECORD_LEN], &b"old"[..]].concat();
        seal(&mut old, 40).unwrap();
        // Handed on in pieces of three, as nobody's are.
        let all = |sink: &mut dyn FnMut(&[u8]) -> Result<(), Ended>| payload.chunks(3).try_for_each(sink);
        for power in 0..=image.len().div_ceil(PIECE_LEN) {
            let (mut slot, mut left, mut asked) = (vec![], power, 0);
            let write = |piece: &[u8]| {
                asked += 1;
                left = left.checked_sub(1).ok_or(Ended::Off)?;
                slot.extend_from_slice(piece);
                Ok(())
            };
            let ended = seal_pieces(len, 41, all, write);
            let whole = power * PIECE_LEN >= image.len();
            assert_eq!(ended, if whole { Ok(()) } else { Err(Ended::Off) }, "{len} {power}");
            // Not asked again once it has failed.
            assert_eq!(asked, if whole { image.len().div_ceil(PIECE_LEN) } else { power + 1 });
            assert_eq!(slot, image[..slot.len()]);
            let found = read([&old, &slot]);
            let expected = if whole { (&payload[..], 0) } else { (&b"old"[..], 1) };
            assert_eq!((found.newest, found.next), (Some(expected.0), expected.1), "{len} {power}");
        }
        // Of another length than was said: before anything is written.
        let mut written = 0;
        let ended = seal_pieces(len + 1, 41, all, |_| {
            written += 1;
            Ok(())
        });
        let wrong = Error::Length { what: "payload of a slot", expected: len + 1, found: len };
        assert_eq!((ended, written), (Err(Ended::Refused(wrong)), 0));
    }
}
