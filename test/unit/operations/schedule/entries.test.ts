// What is written for systemd and for cron: systemd's own checker takes the units, and a shell runs the crontab's line.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cronScript,
  type ScheduledRun,
  serviceUnit,
  timerUnit,
  withoutRun,
  withRun,
} from "../../../../operations/schedule/entries";
import { ownFolder } from "../../../support/folder";
import { BUSYBOX, outcome, testWith } from "../../../support/shell";

const folder = ownFolder("schedule");
/** A place with all that units, shells and crontabs take for something else. */
const odd = join(folder, "100% 'of' my $nodes");
const node = join(odd, "node");
const seen = join(odd, "seen");
mkdirSync(odd, { recursive: true });
writeFileSync(
  node,
  `#!/bin/sh\n{ pwd; echo "$@"; echo "$PLACE"; printf '%s\\n' "$SECRET"; } > "${seen.replace("$", "\\$")}"\n`,
  {
    mode: 0o755,
  },
);

const RUN: ScheduledRun = {
  name: "ephemery-mynode-0badcafe",
  stack: "mynode",
  folder: odd,
  node,
  env: { PLACE: "50% of $HOME", PATH: process.env.PATH ?? "" },
  writable: [odd],
  envFile: join(odd, "my.env"),
};

/** Out of the system's temporary folders. */
const ELSEWHERE: ScheduledRun = { ...RUN, folder: "/clone", node: "/usr/bin/node", writable: ["/clone", "/data"] };

// `busybox` stands for Debian, where systemd-analyze is part of systemd.
const taken = testWith("systemd-analyze");
taken.each(["system", "user"] as const)("systemd takes the units of a %s, and warns of nothing", async (manager) => {
  const units = { service: serviceUnit(RUN, manager), timer: timerUnit(RUN) };
  const place = mkdtempSync(join(folder, "units-"));
  const files = Object.entries(units).map(([kind, text]) => {
    const file = join(place, `${RUN.name}.${kind}`);
    writeFileSync(file, text);
    return file;
  });
  const { code, stdout, stderr } = await outcome("systemd-analyze", ["verify", "--man=no", ...files]);
  // Of other units on this machine it may tell what it likes.
  const ours = `${stdout}${stderr}`.split("\n").filter((line) => line.includes(RUN.name));
  expect({ code, ours }).toEqual({ code: 0, ours: [] });
});

test("a service can write to nothing but the clone and the project's own folders, and gains nothing", () => {
  const unit = serviceUnit(ELSEWHERE, "system");
  expect(unit).toMatch(/^ProtectSystem=strict$/m);
  expect(unit).toMatch(/^ProtectHome=read-only$/m);
  expect(unit).toMatch(/^NoNewPrivileges=yes$/m);
  // And has of root's rights the one by which it reads what is another user's.
  expect(unit).toMatch(/^CapabilityBoundingSet=CAP_DAC_OVERRIDE$/m);
  expect([...unit.matchAll(/^ReadWritePaths=(.*)$/gm)].map(([, path]) => path)).toEqual(['"-/clone"', '"-/data"']);
});

test.each(["/tmp/clone", "/var/tmp/clone"])("a service whose clone is %s has no other folder put over it", (clone) => {
  const unit = serviceUnit({ ...RUN, folder: clone, writable: [clone] }, "system");
  expect(unit).not.toMatch(/^PrivateTmp/m);
  expect(unit).toMatch(/^ReadWritePaths=\/tmp \/var\/tmp$/m);
});

test("a service has a temporary folder of its own, where all that is its own lies elsewhere", () => {
  expect(serviceUnit({ ...ELSEWHERE, folder: "/tmpfiles" }, "system")).toMatch(/^PrivateTmp=yes$/m);
});

test.each(["system", "user"] as const)("a stop of a %s's service is told to the run, not to its engine", (manager) => {
  expect(serviceUnit(RUN, manager)).toMatch(/^KillMode=mixed$/m);
  expect(serviceUnit(RUN, manager)).toMatch(/^TimeoutStopSec=10min$/m);
});

test("a user's service asks for nothing that a user's manager may not do: it would not be started", () => {
  const unit = serviceUnit(RUN, "user");
  expect(unit).not.toMatch(/^(Private|Protect|ReadWritePaths|CapabilityBoundingSet)/m);
  expect(unit).toMatch(/^NoNewPrivileges=yes$/m);
});

describe("a crontab", () => {
  const OTHERS = "MAILTO=me\n0 3 * * * backup --all\n";
  const { name } = RUN;
  const script = join(odd, "mynode.sh");

  test("has the stack's line once, however often it is written, and every other line as it was", () => {
    const once = withRun(OTHERS, name, script);
    expect(once.startsWith(OTHERS)).toBe(true);
    expect(withRun(once, name, script)).toBe(once);
    expect(withoutRun(once, name)).toBe(OTHERS);
  });

  test("keeps the lines of another stack", () => {
    const other = "ephemery-other-5eed5eed";
    const both = withRun(withRun(OTHERS, name, script), other, "/other.sh");
    expect(withoutRun(both, name)).toBe(withRun(OTHERS, other, "/other.sh"));
  });

  test("that is not the project's stays, also where its lines were cut", () => {
    expect(withoutRun(OTHERS, name)).toBe(OTHERS);
    const cut = withRun(OTHERS, name, script).split("\n").slice(0, -2).join("\n");
    expect(withoutRun(cut, name)).toBe(cut);
  });

  test("runs the command in its folder, with its variables and those of the user's file", async () => {
    writeFileSync(RUN.envFile, "SECRET='a b'\n", { mode: 0o600 });
    writeFileSync(script, cronScript(RUN), { mode: 0o700 });
    const line = withRun("", name, script).split("\n")[1] ?? "";
    expect(line).toMatch(/^\* \* \* \* \* /);
    // As cron does it: `\%` is `%`, and a bare one would end the command.
    expect(line.replaceAll("\\%", "")).not.toContain("%");
    const command = line.slice("* * * * * ".length).replaceAll("\\%", "%");
    const { code, stderr } = await outcome("sh", ["-c", command]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(readFileSync(seen, "utf8").trim().split("\n")).toEqual([
      odd,
      "bin/ephemery reset --stack mynode --scheduled",
      "50% of $HOME",
      "a b",
    ]);
  });

  // What systemd makes of each, by systemd.exec(5) and its load_env_file().
  test.each([
    ["a dollar and spaces", "SECRET=pa$word two words", "pa$word two words"],
    ["what a shell would run", "SECRET=$(id);`id`;exit 3", "$(id);`id`;exit 3"],
    ["quotes of the other kind within", `SECRET="it's"`, "it's"],
    ["a quote alone", "SECRET=it's", "it's"],
    ["single quotes, in which nothing is special", "SECRET=' a\\b$c\"'", ' a\\b$c"'],
    ["double quotes, in which four things are", 'SECRET=" a\\"\\\\\\$\\n "', ' a"\\$\\n '],
    ["no quotes, where a backslash takes itself away", "SECRET=a\\\\b\\c", "a\\bc"],
    ["white space around", "\t SECRET =  a b\t ", "a b"],
    ["the line end of Windows", "SECRET=a\r", "a"],
    ["more of what divides", "SECRET=a=b==", "a=b=="],
    ["nothing", "SECRET=", ""],
    ["what is no UTF-8", Buffer.from([...Buffer.from("SECRET=a"), 0xe9]), Buffer.from([0x61, 0xe9])],
    ["lines that are no variables", "# SECRET=x\n; x\n\nexit 4\n1A=$x\nexport SECRET=x\nSECRET=y", "y"],
    ["two lines, the second without an end", "OTHER=$x\nSECRET=z", "z"],
  ])("has of the user's file what systemd has of it: %s", async (_, text, value) => {
    writeFileSync(RUN.envFile, text, { mode: 0o600 });
    writeFileSync(script, cronScript(RUN), { mode: 0o700 });
    const line = withRun("", name, script).split("\n")[1] ?? "";
    const command = line.slice("* * * * * ".length).replaceAll("\\%", "%");
    for (const [shell, ...args] of [["sh", "-c", command] as const, [...BUSYBOX, script] as const]) {
      rmSync(seen, { force: true });
      const { code, stderr } = await outcome(shell, args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const [, , , ...secret] = readFileSync(seen, "latin1").slice(0, -1).split("\n");
      expect(secret.join("\n")).toBe(Buffer.from(value).toString("latin1"));
    }
  });

  test("runs without the user's file where that can't be read, as systemd does", async () => {
    rmSync(RUN.envFile);
    mkdirSync(RUN.envFile);
    writeFileSync(script, cronScript(RUN), { mode: 0o700 });
    expect(await outcome(script, [])).toMatchObject({ code: 0, stderr: "" });
    rmSync(RUN.envFile, { recursive: true });
  });

  test("has short lines, whatever the environment is: cron takes a thousand characters", () => {
    const { length } = withRun("", name, "/home/me/.local/share/ephemery/schedules/x.sh").split("\n")[1] ?? "";
    expect(length).toBeLessThan(200);
  });
});
