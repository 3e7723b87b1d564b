// A demo of the tests' own: the binary as it ships, on free ports.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const binary = process.env.FERRY ?? fileURLToPath(new URL("../../../bin/ferry", import.meta.url));

/** startDemo resolves to a running demo; stop it before the process ends. */
export async function startDemo(address = "127.0.0.1:0") {
  const cache = await mkdtemp(join(tmpdir(), "ferry-e2e-")); // so that it leaves its note nowhere else
  const child = spawn(binary, ["demo", "--headless", "--addr", address], {
    // Nobody types as fast as these tests.
    env: { ...process.env, RATE_LIMIT_PER_MINUTE: "0", XDG_CACHE_HOME: cache },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  const simulator = await new Promise((resolve, reject) => {
    const see = (chunk) => {
      printed += chunk;
      const found = /Ready in [\s\S]*Simulator +(\S+)\n[\s\S]*ends the demo/.exec(printed);
      if (found) resolve(found[1]);
    };
    child.stdout.on("data", see);
    child.stderr.on("data", see);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`the demo ended with ${code}:\n${printed}`)));
  });
  return {
    simulator,
    address: new URL(simulator).host,
    printed: () => printed,
    async stop() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      await rm(cache, { recursive: true });
      if (child.exitCode !== 0) throw new Error(`the demo ended with ${child.exitCode}:\n${printed}`);
    },
  };
}
