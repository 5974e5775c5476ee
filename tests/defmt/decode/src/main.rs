//! `decode IMAGE LOG` prints the messages that the image sent, a line each.

use std::{env, error, fs};

use defmt_decoder::Table;

fn main() -> Result<(), Box<dyn error::Error>> {
    let [image, log] = [1, 2].map(|n| env::args().nth(n).unwrap_or_default());
    let table = Table::parse(&fs::read(image)?)?.ok_or("the image has no table of messages")?;
    let mut decoder = table.new_stream_decoder();
    decoder.received(&fs::read(log)?);
    while let Ok(frame) = decoder.decode() {
        println!("{}", frame.display_message());
    }
    Ok(())
}
