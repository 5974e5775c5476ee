//! The worst stack of a function, from the machine code alone: what every function takes off the stack pointer, and who
//! calls whom. Holds for Rust, for the compiler's helpers and for assembly alike, since it needs no compiler's word.
//!
//! A function is taken to execute each of its instructions once, so that what it takes is the sum over them: exact for
//! code whose frame is made in one piece, never too little. Tail calls count as calls. There are three things that this
//! cannot follow, and each is reported instead of guessed: calls through a pointer, recursion, and a stack pointer that is
//! computed.

use std::collections::HashMap;

/// A function of the image.
#[derive(Clone, Debug, Default)]
struct Function {
    name: String,
    start: u32,
    /// Bytes that it takes itself.
    frame: u32,
    /// Addresses that it calls or jumps to.
    targets: Vec<u32>,
    /// It calls through a pointer.
    indirect: bool,
    /// What could not be followed; of no matter where the function is not called.
    fault: Option<String>,
}

/// All functions of an image, by address.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    functions: Vec<Function>,
}

/// The deepest chain of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Worst {
    /// Bytes in all.
    pub(crate) bytes: u32,
    /// Functions from the outermost to the innermost, with the bytes of each.
    pub(crate) chain: Vec<(String, u32)>,
    /// Functions below that call through a pointer: what they call is not counted.
    pub(crate) indirect: Vec<String>,
}

impl Program {
    /// Reads what `objdump -d -C` prints.
    pub(crate) fn read(disassembly: &str) -> Self {
        let words = literals(disassembly);
        let mut functions: Vec<Function> = Vec::new();
        let mut registers = HashMap::new();
        for line in disassembly.lines() {
            if let Some((address, name)) = header(line) {
                functions.push(Function { name: name.to_owned(), start: address, ..Function::default() });
                registers.clear();
            } else if let (Some(text), Some(function)) = (instruction(line), functions.last_mut()) {
                let (mnemonic, operands) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
                match taken(mnemonic, operands.trim(), &words, &mut registers) {
                    Ok(bytes) => function.frame += bytes,
                    Err(what) => function.fault = Some(format!("{}: {what}: {text}", function.name)),
                }
                if is_jump(mnemonic) {
                    function.targets.extend(target(operands));
                }
                if is_indirect(mnemonic, operands) {
                    // The smallest code calls a function that it calls often by way of a register.
                    match registers.get(operands.trim()) {
                        // Addresses of functions are odd on Arm; a constant that is none was overtaken by a jump.
                        Some(&address) if address & 1 == 1 => function.targets.push(address as u32 & !1),
                        _ => function.indirect = true,
                    }
                }
                if is_call(mnemonic) {
                    registers.retain(|name, _| !CLOBBERED.iter().any(|start| name.starts_with(start)));
                }
            }
        }
        functions.sort_by_key(|function| function.start);
        Self { functions }
    }

    /// The worst stack from the call of `name` on.
    pub(crate) fn worst(&self, name: &str) -> Result<Worst, String> {
        let index = self.functions.iter().position(|function| function.name == name);
        let index = index.ok_or_else(|| format!("there is no function {name}"))?;
        let mut known = HashMap::new();
        self.below(index, &mut Vec::new(), &mut known)
    }

    fn below(&self, index: usize, path: &mut Vec<usize>, known: &mut HashMap<usize, Worst>) -> Result<Worst, String> {
        if let Some(worst) = known.get(&index) {
            return Ok(worst.clone());
        }
        let Some(function) = self.functions.get(index) else { return Err("a jump out of the image".to_owned()) };
        if path.contains(&index) {
            let round: Vec<_> = path.iter().chain([&index]).filter_map(|&index| self.functions.get(index)).collect();
            let round: Vec<_> = round.iter().map(|function| function.name.as_str()).collect();
            return Err(format!("{} calls itself: {}", function.name, round.join(" > ")));
        }
        if let Some(fault) = &function.fault {
            return Err(fault.clone());
        }
        path.push(index);
        let mut worst = Worst { bytes: 0, chain: Vec::new(), indirect: Vec::new() };
        let mut indirect: Vec<_> = function.indirect.then(|| function.name.clone()).into_iter().collect();
        for &target in &function.targets {
            let callee = self.functions.partition_point(|function| function.start <= target).checked_sub(1);
            let callee = callee.ok_or_else(|| format!("{} jumps out of the image", function.name))?;
            if callee == index {
                continue;
            }
            let found = self.below(callee, path, known)?;
            indirect.extend(found.indirect.iter().cloned());
            if found.bytes > worst.bytes || worst.chain.is_empty() {
                worst = found;
            }
        }
        path.pop();
        worst.bytes += function.frame;
        worst.chain.insert(0, (function.name.clone(), function.frame));
        indirect.sort();
        indirect.dedup();
        worst.indirect = indirect;
        known.insert(index, worst.clone());
        Ok(worst)
    }
}

/// `000004d2 <name>:`
fn header(line: &str) -> Option<(u32, &str)> {
    let (address, rest) = line.split_once(" <")?;
    Some((u32::from_str_radix(address, 16).ok()?, rest.strip_suffix(">:")?))
}

/// The part of ` 4d2:\tb5f0 \tpush\t{r4, lr}` after the bytes.
fn instruction(line: &str) -> Option<&str> {
    let (address, rest) = line.split_once(":\t")?;
    u32::from_str_radix(address.trim(), 16).ok()?;
    let (bytes, text) = rest.split_once('\t')?;
    // The linker fills gaps behind functions with this, which would be a jump.
    (bytes.trim() != "d4d4").then_some(text)
}

/// Constants between the instructions, by address.
fn literals(disassembly: &str) -> HashMap<u32, u32> {
    let word = |line: &str| {
        let (address, rest) = line.split_once(":\t")?;
        let value = rest.split_once(".word\t")?.1.split_whitespace().next()?;
        let value = u32::from_str_radix(value.strip_prefix("0x")?, 16).ok()?;
        Some((u32::from_str_radix(address.trim(), 16).ok()?, value))
    };
    disassembly.lines().filter_map(word).collect()
}

/// Registers by which a function addresses its frame, where it has such a register.
const FRAME_POINTERS: [&str; 2] = ["r7", "s0"];
/// Stands for an address that was computed from one of these.
const IN_FRAME: i64 = i64::MAX;

/// Bytes by which an instruction lowers the stack pointer. `registers` remembers constants on their way into it.
fn taken(
    mnemonic: &str,
    operands: &str,
    words: &HashMap<u32, u32>,
    registers: &mut HashMap<String, i64>,
) -> Result<u32, &'static str> {
    let base = mnemonic.strip_suffix(".w").or(mnemonic.strip_suffix(".n")).unwrap_or(mnemonic);
    // Comments begin with `;`, `@` or `#`; a constant of Arm's with `#`, too, but without a blank before it or after.
    let code = operands.split([';', '@']).next().unwrap_or_default();
    let code = code.split("# ").next().unwrap_or_default().trim();
    let parts: Vec<_> = code.split(',').map(str::trim).collect();
    let number = |text: &str| text.trim_start_matches('#').parse::<i64>().ok();
    let first = parts.first().copied().unwrap_or_default();
    let last = parts.last().copied().unwrap_or_default();
    let in_frame = |name: &&str| FRAME_POINTERS.contains(name) || registers.get(*name) == Some(&IN_FRAME);
    let lowered = |by: Option<i64>| by.map(|by| (-by).max(0) as u32).ok_or("a computed stack pointer");
    match base {
        "push" => return Ok(4 * list(code)),
        "stmdb" if first == "sp!" => return Ok(4 * list(code)),
        "vpush" => return Ok(list(code) * if code.contains('d') { 8 } else { 4 }),
        "vstmdb" if first == "sp!" => return Ok(list(code) * if code.contains("{d") { 8 } else { 4 }),
        _ if code.ends_with("]!") && code.contains("[sp, #-") => {
            return lowered(code.rsplit_once('#').and_then(|(_, by)| number(by.trim_end_matches("]!"))));
        }
        // The end of a function whose frame is addressed by another register.
        "mov" | "mv" | "add" | "addi" | "sub" | "subw" if first == "sp" && parts.get(1).is_some_and(in_frame) => {
            return Ok(0);
        }
        "sub" | "subw" if first == "sp" => {
            return lowered(number(last).or_else(|| registers.get(last).copied()).map(|by| -by));
        }
        "add" | "addw" | "addi" | "c.addi16sp" if first == "sp" => {
            return lowered(number(last).or_else(|| registers.get(last).copied()));
        }
        _ => {}
    }
    if first == "sp" && !["ldm", "stm", "vldm", "vstm", "cmp"].iter().any(|other| base.starts_with(other)) {
        return Err("a computed stack pointer");
    }
    let constant = match base {
        "sub" | "subs" | "subw" | "add" | "addi" if parts.get(1).is_some_and(|name| FRAME_POINTERS.contains(name)) => {
            Some(IN_FRAME)
        }
        "sub" | "subs" | "add" | "adds" if parts.len() == 2 && registers.get(first) == Some(&IN_FRAME) => {
            Some(IN_FRAME)
        }
        "ldr" => operands
            .rsplit_once('(')
            .and_then(|(_, at)| address(at))
            .and_then(|at| words.get(&at))
            .map(|&w| w as i32 as i64),
        "lui" => {
            last.strip_prefix("0x").and_then(|by| i64::from_str_radix(by, 16).ok()).map(|by| (by << 12) as i32 as i64)
        }
        "li" | "movw" | "mov" | "movs" => number(last),
        "movt" => registers.get(first).zip(number(last)).map(|(low, high)| low & 0xFFFF | high << 16),
        "addi" | "add"
            if parts.get(1) == Some(&first) || parts.get(1).is_some_and(|from| registers.contains_key(*from)) =>
        {
            parts
                .get(1)
                .and_then(|from| registers.get(*from))
                .zip(number(last))
                .map(|(from, by)| from.saturating_add(by))
        }
        _ => None,
    };
    // A load may fill more registers than the first.
    if base == "ldrd" || base.starts_with("ldm") || base == "pop" {
        for name in &parts {
            registers.remove(name.trim_matches(['{', '}', ' ']));
        }
    }
    // Stores, comparisons and jumps name a register first that they only read.
    const READS: [&str; 9] = ["st", "cmp", "cmn", "tst", "b", "cb", "j", "sw", "sh"];
    match constant {
        Some(constant) => registers.insert(first.to_owned(), constant),
        None if READS.iter().any(|start| base.starts_with(start)) && !base.starts_with("bi") => None,
        None => registers.remove(first),
    };
    Ok(0)
}

/// How many registers `{r4, r5, d8-d11}` names.
fn list(operands: &str) -> u32 {
    let inside = operands.split_once('{').map_or("", |(_, rest)| rest.trim_end_matches('}'));
    let digits = |name: &str| name.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().unwrap_or(0);
    let count = |part: &str| part.split_once('-').map_or(1, |(from, to)| digits(to).saturating_sub(digits(from)) + 1);
    inside.split(',').map(str::trim).filter(|part| !part.is_empty()).map(count).sum()
}

fn is_jump(mnemonic: &str) -> bool {
    // Arm: b, b.w, beq.n, bl, blx, cbz. RISC-V: j, jal, jalr, jr, beq and so on; `auipc` with a name behind it is none.
    let other = ["bic", "bfc", "bfi", "bkpt"];
    (mnemonic.starts_with(['b', 'j']) || mnemonic.starts_with("cb")) && !other.iter().any(|no| mnemonic.starts_with(no))
}

fn is_call(mnemonic: &str) -> bool {
    matches!(mnemonic, "bl" | "blx" | "jal" | "jalr")
}

/// What the names of registers begin with that do not outlive a call.
const CLOBBERED: [&str; 9] = ["r0", "r1", "r2", "r3", "ip", "lr", "a", "t", "ra"];

/// The address before the first `<name>`.
fn target(operands: &str) -> Option<u32> {
    let before = operands.get(..operands.find('<')?)?;
    address(before.trim().rsplit([',', ' ', '\t']).next()?)
}

fn address(text: &str) -> Option<u32> {
    let digits = text.split_whitespace().next()?;
    u32::from_str_radix(digits.trim_start_matches("0x"), 16).ok()
}

fn is_indirect(mnemonic: &str, operands: &str) -> bool {
    (mnemonic == "blx" || mnemonic == "jalr") && !operands.contains('<')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARM: &str = "
00000040 <body>:
  40:\te92d 4ff0 \tstmdb\tsp!, {r4, r5, r6, r7, r8, r9, sl, fp, lr}
  44:\tb085      \tsub\tsp, #20
  46:\ted2d 8b04 \tvpush\t{d8-d9}
  4a:\tf000 f801 \tbl\t60 <core::f::<T, 3>::g>
  4e:\te7fe      \tb.n\t4e <body+0xe>

00000060 <core::f::<T, 3>::g>:
  60:\tf84d bd04 \tstr.w\tfp, [sp, #-4]!
  64:\t4c01      \tldr\tr4, [pc, #4]\t; (6c <core::f::<T, 3>::g+0xc>)
  66:\t44a5      \tadd\tsp, r4
  68:\te002      \tb.n\t70 <leaf>
  6c:\tfffffc00 \t.word\t0xfffffc00

00000070 <leaf>:
  70:\tb510      \tpush\t{r4, lr}
  72:\t4798      \tblx\tr3
  74:\tbd10      \tpop\t{r4, pc}
";

    const RISCV: &str = "
80000000 <body>:
80000000:\t7179                \taddi\tsp,sp,-48
80000002:\t00000097          \tauipc\tra,0x0
80000006:\t00e080e7          \tjalr\t14(ra) # 80000010 <leaf>
8000000a:\t6145                \taddi\tsp,sp,48

80000010 <leaf>:
80000010:\t757d                \tlui\ta0,0xfffff
80000012:\t80050513          \taddi\ta0,a0,-2048
80000016:\t912a                \tadd\tsp,sp,a0
80000018:\t9782                \tjalr\ta5
";

    #[test]
    fn arm() {
        let program = Program::read(ARM);
        let worst = program.worst("body").unwrap();
        let chain = [("body", 36 + 20 + 16), ("core::f::<T, 3>::g", 4 + 1024), ("leaf", 8)];
        assert_eq!(worst.chain, chain.map(|(name, bytes)| (name.to_owned(), bytes)));
        assert_eq!(worst.bytes, 72 + 1028 + 8);
        assert_eq!(worst.indirect, ["leaf"]);
    }

    #[test]
    fn calls_by_way_of_a_constant() {
        let (head, tail) = ("00000040 <f>:\n  40:\tb510      \tpush\t{r4, lr}\n", "  4e:\t47a0      \tblx\tr4\n");
        let g = "\n00000060 <g>:\n  60:\tb510      \tpush\t{r4, lr}\n";
        let loaded = "  42:\t4c05      \tldr\tr4, [pc, #20]\t@ (58 <f+0x18>)\n";
        let word = "  58:\t00000061 \t.word\t0x00000061\n";
        let worst = |text: String| Program::read(&text).worst("f").unwrap();
        assert_eq!(worst([head, loaded, tail, word, g].concat()).bytes, 16);
        let halves = "  42:\tf240 0461 \tmovw\tr4, #97\n  46:\tf2c0 0400 \tmovt\tr4, #0\n";
        assert_eq!(worst([head, halves, tail, g].concat()).bytes, 16);
        let lost = "  4a:\t6804      \tldr\tr4, [r0, #0]\n";
        let unknown = worst([head, halves, lost, tail, g].concat());
        assert_eq!((unknown.bytes, unknown.indirect), (8, vec!["f".to_owned()]));
    }

    #[test]
    fn riscv() {
        let worst = Program::read(RISCV).worst("body").unwrap();
        assert_eq!(worst.chain, [("body".to_owned(), 48), ("leaf".to_owned(), 4096 + 2048)]);
        assert_eq!(worst.indirect, ["leaf"]);
    }

    #[test]
    fn what_cannot_be_followed_is_an_error() {
        let recursion =
            "00000040 <f>:\n  40:\tf000 f801 \tbl\t60 <g>\n\n00000060 <g>:\n  60:\tf000 f801 \tbl\t40 <f>\n";
        assert_eq!(Program::read(recursion).worst("f"), Err("f calls itself: f > g > f".to_owned()));
        let computed = "00000040 <f>:\n  40:\t46a5      \tmov\tsp, r5\n";
        assert_eq!(Program::read(computed).worst("f"), Err("f: a computed stack pointer: mov\tsp, r5".to_owned()));
        assert_eq!(Program::read(&computed.replace("r5", "r7")).worst("f").unwrap().bytes, 0);
        let unknown = "00000040 <f>:\n  40:\t44ad      \tadd\tsp, r5\n";
        assert!(Program::read(unknown).worst("f").is_err());
        let below = "00000040 <f>:\n  40:\t1ffe      \tsubs\tr6, r7, #7\n  42:\t3e05      \tsubs\tr6, #5\n\
                     \x20 44:\t46b5      \tmov\tsp, r6\n";
        assert_eq!(Program::read(below).worst("f").unwrap().bytes, 0);
    }
}
