// A systemctl for tests of schedules.

import { join } from "node:path";

/** The file of what it says of a timer, as `systemctl show` does. */
export const timerState = (folder: string): string => join(folder, "timer-state");

/** Writes down what it is told in a file, and says of the timer what it was told of it. */
export const systemctlIn = (folder: string, asked: string): string => {
  const state = timerState(folder);
  return [
    '[ "$1" = --user ] && shift',
    `echo "$@" >> ${asked}`,
    "case $1 in",
    `enable) printf 'ActiveState=active\\nUnitFileState=enabled\\n' > ${state} ;;`,
    `disable) rm -f ${state} ;;`,
    `show) cat ${state} 2>/dev/null || printf 'ActiveState=inactive\\nUnitFileState=\\n' ;;`,
    "esac",
  ].join("\n");
};
