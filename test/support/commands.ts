// The program's command lines in a text, held against the program itself.

import type { Command } from "commander";
import { commandLine } from "../../cli/main";

export const program = commandLine();

export const optionsOf = (command: Command) => [...command.options, ...command.createHelp().visibleOptions(command)];
export const every = (command: Command): Command[] => [command, ...command.commands.flatMap(every)];

/** What the program would object to; undefined: nothing. */
function objection(words: readonly string[]): string | undefined {
  let command = program;
  let positional = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word.startsWith("-")) {
      const option = optionsOf(command).find(({ long, short }) => word === long || word === short);
      if (!option) return `${command.name()} has no option ${word}`;
      if (option.required) at += 1;
      continue;
    }
    const sub = command.commands.find((each) => each.name() === word);
    if (sub) command = sub;
    else if (command.commands.length > 0) return `${command.name()} has no command ${word}`;
    else positional += 1;
  }
  const takes = command.registeredArguments.some(({ variadic }) => variadic)
    ? Number.POSITIVE_INFINITY
    : command.registeredArguments.length;
  return positional > takes ? `${command.name()} takes ${takes} arguments` : undefined;
}

/** The command lines of the program in a text. What follows two spaces or a # says what they do. */
export function commandLines(text: string): string[][] {
  return [...text.matchAll(/bin\/ephemery((?: (?! )[^\s#;&|"`'\\]+)*)/g)].map(([, words = ""]) =>
    words.split(" ").filter((word) => word !== ""),
  );
}

/** What the program would object to in the command lines of some texts. */
export const objections = (texts: readonly string[]): string[] =>
  texts.flatMap(commandLines).flatMap((words) => {
    const found = objection(words);
    return found === undefined ? [] : [`${words.join(" ")}: ${found}`];
  });
