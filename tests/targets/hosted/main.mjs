// Prints the reference list, computed by the WebAssembly module that is named on the command line.
import { readFileSync } from "node:fs";

const report = (name, length, digest) => {
    const text = Buffer.from(instance.exports.memory.buffer, name, length).toString();
    console.log(`${text} ${BigInt.asUintN(64, digest).toString(16).padStart(16, "0")}`);
};

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), { env: { report } });
instance.exports.compute_reference_list();
