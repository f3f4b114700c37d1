// Configuration: each key's good and bad values, every mistake at once, and no secret in what is said of them.

import fc from "fast-check";
import { KEYS } from "../../../config/keys";
import { parseValues } from "../../../config/parse";
import { Problem } from "../../../config/problem";
import { EXPECTED, ROWS } from "./keys";

type Raw = Readonly<Record<string, string>>;

const DEFAULTS = Object.fromEntries(ROWS.map(({ name, default: fallback }) => [name, fallback]));

function refusal(raw: Raw, plain?: ReadonlySet<string>): Problem {
  try {
    parseValues(raw, "main", plain);
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
  throw new Error(`nothing is wrong with ${JSON.stringify(raw)}`);
}

/** One line for each mistake: key, then what is wrong. */
const mistakes = (raw: Raw, plain?: ReadonlySet<string>): readonly string[] =>
  refusal(raw, plain).message.split("\n").slice(1);

test("every key of the schema is held below, and no other", () => {
  expect(Object.keys(EXPECTED).sort()).toEqual(Object.keys(KEYS).sort());
});

const SECRETS = ["mnemonic", "executionJwtSecret"];

test("with nothing set, everything has its default", () => {
  expect(parseValues({}, "main")).toEqual(DEFAULTS);
});

describe.each(ROWS)("$name", ({ name, type, good, bad, allowed, along = {}, needed, default: fallback }) => {
  const { [name]: _own, ...others } = along;

  test.each(good)("may be %j", (text, value) => {
    const set = { ...others, [name]: text };
    expect(parseValues(set, "main")).toMatchObject({ [name]: value });
    if (needed) return;
    const otherwise = parseValues(others, "main");
    expect(parseValues(set, "main")).toEqual({ ...otherwise, [name]: value });
  });

  test.each(bad.filter((text) => text !== "" || fallback !== undefined || type === "integer"))(
    "promise 9: may not be %j, and what it may be is said",
    (text) => {
      const [line = "", ...more] = mistakes({ ...others, [name]: text });
      expect(more).toEqual([]);
      expect(line.startsWith(`  ephemery:${name} is `)).toBe(true);
      expect(line).toContain(`; allowed: ${allowed}`);
      if (!SECRETS.includes(name)) expect(line.replaceAll('"', "")).toContain(`is ${shown(text)};`);
    },
  );

  /** The value as it was understood: JSON where it is a list. */
  const shown = (text: string): string => {
    const json = type === "array" && isJson(text) ? JSON.stringify(JSON.parse(text)) : JSON.stringify(text);
    return json.replaceAll('"', "");
  };

  if (fallback === undefined) {
    test("is not set where its declared default stands for that", () => {
      const unset = type === "integer" ? "0" : "";
      expect(parseValues({ [name]: unset }, "main")).toEqual(DEFAULTS);
    });
  }
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("promise 9: a problem with the configuration", () => {
  test("is told in full: stack, each key, value, what is allowed, a suggestion, and what to do", () => {
    const raw = {
      networc: "ephemery",
      validatorCount: "-1",
      beaconClient: "lighthose",
      feeRecipient: "me",
      hostName: "A",
    };
    expect(refusal(raw).text).toBe(
      [
        "The configuration of stack main has 5 mistakes:",
        "  ephemery:networc is not a key; did you mean ephemery:network?",
        '  ephemery:hostName is "A"; allowed: 1 to 20 lower-case letters, digits and dashes',
        '  ephemery:beaconClient is "lighthose"; allowed: lighthouse, prysm, teku, nimbus, lodestar, grandine, external; did you mean "lighthouse"?',
        "  ephemery:validatorCount is -1; allowed: 0 to 10000",
        '  ephemery:feeRecipient is "me"; allowed: 0x and 40 hexadecimal digits',
        "Mend it with `bin/ephemery config set KEY VALUE --stack main` or in Pulumi.main.yaml; README.md lists every key.",
        "More: docs/troubleshooting.md#config",
      ].join("\n"),
    );
  });

  test("with one mistake counts one", () => {
    expect(refusal({ metrics: "maybe" }).message).toMatch(/^The configuration of stack main has a mistake:\n.*$/);
  });

  const wrong = ROWS.filter(({ name }) => name !== "mnemonic").flatMap(({ name, type, default: fallback, bad }) =>
    bad
      .filter((text) => text !== "" || fallback !== undefined || type === "integer")
      .map((text): [string, string] => [name, text]),
  );

  test("has a line for every mistake, and none hides another", () => {
    const unknown = fc.stringMatching(/^[a-z]{8,12}[0-9]$/).map((name): [string, string] => [name, "x"]);
    const all = fc.uniqueArray(fc.oneof(fc.constantFrom(...wrong), unknown), {
      selector: ([name]) => name,
      minLength: 1,
    });
    fc.assert(
      fc.property(all, (pairs) => {
        const lines = mistakes(Object.fromEntries(pairs));
        const named = lines.map((line) => /^ {2}ephemery:(\w+) is /.exec(line)?.[1]);
        expect([...named].sort()).toEqual(pairs.map(([name]) => name).sort());
      }),
    );
  });
});

describe("an unknown key is refused", () => {
  test.each([
    ["validatorcount", "validatorCount"],
    ["validatorsCount", "validatorCount"],
    ["feeReceipient", "feeRecipient"],
    ["exposeRPC", "exposeRpc"],
    ["EXECUTIONIMAGE", "executionImage"],
    ["mnemonics", "mnemonic"],
    ["beaconPeer", "beaconPeers"],
    ["image", "images"],
    ["Id", "id"],
  ])("%s, with the one that is meant: %s", (typed, meant) => {
    expect(mistakes({ [typed]: "1" })).toEqual([`  ephemery:${typed} is not a key; did you mean ephemery:${meant}?`]);
  });

  test.each(["hello", "somethingElse", "x", "", "dockerSocketPath"])("%j, with all that are allowed", (typed) => {
    expect(mistakes({ [typed]: "1" })).toEqual([
      `  ephemery:${typed} is not a key; allowed are ${ROWS.map(({ name }) => name).join(", ")}`,
    ]);
  });

  test.each(["toString", "constructor", "hasOwnProperty", "__proto__"])("%s, which every object has", (typed) => {
    expect(mistakes(Object.fromEntries([[typed, "1"]]))[0]).toContain(`ephemery:${typed} is not a key`);
  });
});

describe("promise 6: a secret is never repeated", () => {
  const secret = fc.stringMatching(/^[a-z]{9,12}( [a-z]{9,12}){0,23}$/);
  const silent = (problem: Problem, text: string): void => {
    for (const word of text.split(" ")) expect(problem.text).not.toContain(word);
  };

  test("a mnemonic that is no mnemonic", () => {
    fc.assert(
      fc.property(secret, (text) => {
        const problem = refusal({ mnemonic: text });
        expect(problem.message).toContain("ephemery:mnemonic is [secret]; allowed: 12 to 24 words");
        silent(problem, text);
      }),
    );
  });

  test("a mnemonic in plain text, good or bad; and what to do is said", () => {
    fc.assert(
      fc.property(fc.oneof(secret, fc.constant(`${"abandon ".repeat(11)}about`)), (text) => {
        const problem = refusal({ mnemonic: text }, new Set(["mnemonic"]));
        expect(problem.message).toContain(
          "ephemery:mnemonic is stored in plain text; set it with `bin/ephemery config set --secret ephemery:mnemonic --stack main`",
        );
        silent(problem, text.replace("about", "abandon"));
      }),
    );
  });

  test("a mnemonic under a name that is no key", () => {
    fc.assert(fc.property(secret, (text) => silent(refusal({ mnemonik: text, seedphrase: text }), text)));
  });

  test("whatever is stored encrypted, under any key", () => {
    fc.assert(
      fc.property(secret, fc.constantFrom(...ROWS.map(({ name }) => name)), (text, name) => {
        fc.pre(text.length > 32);
        const problem = (() => {
          try {
            parseValues({ [name]: text }, "main", new Set());
            return undefined;
          } catch (thrown) {
            return thrown;
          }
        })();
        if (problem instanceof Problem) silent(problem, text);
      }),
    );
  });

  test("while what is known to be in plain text is", () => {
    expect(mistakes({ graffiti: "x".repeat(33) }, new Set(["graffiti"]))[0]).toContain("x".repeat(33));
    expect(mistakes({ graffiti: "x".repeat(33) })[0]).toContain("x".repeat(33));
  });
});

test("a mnemonic that is stored encrypted is taken", () => {
  const mnemonic = `${"abandon ".repeat(11)}about`;
  expect(parseValues({ mnemonic }, "main", new Set(["graffiti"])).mnemonic).toBe(mnemonic);
});
