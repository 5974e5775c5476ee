//! What is recorded in `data`, learned on a workstation: what every microcontroller must print of it.

use tutee::Error;
use tutee_firmware::weather::Memory;

fn main() -> Result<(), Error> {
    let mut memory = Memory::ZERO;
    println!("by hand: digest {:016x}", memory.by_hand()?);
    memory.observe()?;
    println!("raw counts: {}", memory.from_counts()?);
    println!("by the mean of all eight days: left of the fourth year's variance {:.3}", memory.from_means()?);
    Ok(())
}
