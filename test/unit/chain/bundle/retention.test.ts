// retention.vars is parsed: nothing in it is ever run, and what is not a plain value is not one.

import fc from "fast-check";
import { parseAssignments, parseRetention } from "../../../../chain/bundle/retention";
import { BUNDLES, filesOf, textOf } from "../../../support/bundles";

const GOOD = {
  ITERATION_NUMBER: "166",
  ITERATION_RELEASE: "ephemery-166",
  GENESIS_TIMESTAMP: "1795114800",
  GENESIS_RESET_INTERVAL: "2419200",
  CHAIN_ID: "39438166",
};
const file = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `export ${name}="${value}"\n`)
    .join("");

const READ = {
  chainId: 39_438_166,
  executionGenesisTime: 1_795_114_800,
  period: 2_419_200,
};

describe("retention.vars", () => {
  test.each([
    ["as it is published", file(GOOD)],
    ["without export", file(GOOD).replaceAll("export ", "")],
    ["without quotes", file(GOOD).replaceAll('"', "")],
    ["in single quotes", file(GOOD).replaceAll('"', "'")],
    ["with Windows line ends", file(GOOD).replaceAll("\n", "\r\n")],
    ["without an end of line", file(GOOD).trimEnd()],
    ["with comments, empty lines and indentation", `# hello\n\n  ${file(GOOD).replaceAll("\n", "\n\n   ")}`],
    ["with values that are said again, the last of which holds", `CHAIN_ID="1"\n${file(GOOD)}`],
    ["with other variables", `${file(GOOD)}export PATH="/nowhere"\nexport LD_PRELOAD=/tmp/x.so\n`],
  ])("is read %s", (_, text) => {
    expect(parseRetention(text)).toEqual(READ);
  });

  test.each(BUNDLES)("of $name is read", (bundle) => {
    expect(parseRetention(textOf(filesOf(bundle), "retention.vars"))).toMatchObject({
      chainId: 39_438_000 + bundle.iteration,
    });
  });

  describe.each(["GENESIS_TIMESTAMP", "GENESIS_RESET_INTERVAL", "CHAIN_ID"] as const)("%s", (name) => {
    test.each([
      ["is missing", undefined],
      ["is empty", ""],
      ["is a command substitution", "$(touch /tmp/ephemery-was-here)"],
      ["is a command in backticks", "`id`"],
      ["is another variable", "$CHAIN_ID"],
      ["is arithmetic", "$((1+1))"],
      ["ends in a command", "1; rm -rf ~"],
      ["ends in a pipe", "1|sh"],
      ["has a line break in it", "1\\n2"],
      ["has a space in it", "1 2"],
    ])("that %s is refused, by its name", (_, value) => {
      const { [name]: _known, ...others } = GOOD;
      const text = file(value === undefined ? others : { ...others, [name]: value });
      expect(() => parseRetention(text)).toThrow(name);
    });
  });

  test.each(["-1", "1.5", "1e9", "0x10", "+1", "1_000", " 1 ", "9999999999999999", "٣"])(
    "a time of %j is refused",
    (value) => {
      expect(() => parseRetention(file({ ...GOOD, GENESIS_TIMESTAMP: value }))).toThrow("GENESIS_TIMESTAMP");
    },
  );

  test("a period of 0, in which every chain would have ended at once, is refused", () => {
    expect(() => parseRetention(file({ ...GOOD, GENESIS_RESET_INTERVAL: "0" }))).toThrow("GENESIS_RESET_INTERVAL");
  });
});

describe("assignments", () => {
  test.each([
    ['export A="1"', { A: "1" }],
    ["A='$(id)'", { A: "$(id)" }],
    ['A="$(id)"', { A: "$(id)" }],
    ["A=`id`", { A: "`id`" }],
    ["A=", { A: "" }],
    ['A="1" # why', {}],
    ['A="1"; B="2"', {}],
    ["A=1 B=2", {}],
    ['A="1""2"', { A: '"1""2"' }],
    ['A+="1"', {}],
    ["a=1", {}],
    ["1A=1", {}],
    ["source /etc/passwd", {}],
    [". ./evil.sh", {}],
    ["eval A=1", {}],
    ["$(touch /tmp/ephemery-was-here)", {}],
    ["A=1 \\\nB=2", { B: "2" }],
  ])("in %j are %j: text, and only whole lines", (line, found) => {
    expect(parseAssignments(line)).toEqual(found);
  });

  test("whatever the text, values are parts of it as they stand", () => {
    const text = fc.string({ unit: fc.constantFrom(..."AB=\"'$(`) ;\n\\#export "), maxLength: 60 });
    fc.assert(
      fc.property(text, (anything) => {
        for (const [name, value] of Object.entries(parseAssignments(anything))) {
          expect(anything).toContain(`${name}=`);
          expect(anything).toContain(value);
        }
      }),
    );
  });
});
