// What runs has no more rights than it needs: not as root, with nothing of the host's, and with no way to gain any.

import { CONTAINER, fields, items, LOCAL_COMMAND, must, only, type Rule, textsIn, UNKNOWN } from "../rule";

const absent = (value: unknown): boolean =>
  value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

/** Flags of each `docker run` in a command line; what follows the image is the job's own. */
const runsIn = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(/\bdocker run((?:\s+-\S+)*)/g)].map(([, flags = ""]) =>
    flags.split(/\s+/).filter((flag) => flag !== ""),
  );

/** Flags that give a job more than it needs. */
const TOO_MUCH =
  /^(--privileged|--publish(-all)?(=|$)|-[pP]|--(network|net|pid|ipc|userns|uts)=(host|container:)|--device|--cap-add=ALL|(--volume|--mount|-v)(=|$)\/)/;
/** Flags each of them has. */
const NEEDED = ["--rm", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network="];

export const CONFINEMENT_RULES: readonly Rule[] = [
  {
    name: "no-privileges",
    description: "No container is privileged, may gain privileges, or keeps capabilities.",
    remedy: 'Set privileged: false, capabilities: { drops: ["ALL"] } and securityOpts: ["no-new-privileges:true"].',
    appliesTo: only(CONTAINER),
    violations: ({ props }) => [
      ...must(props.privileged, (value) => value !== true, "it is privileged."),
      ...must(
        props.capabilities,
        (value) =>
          items(fields(value).drops).some((each) => each === "ALL" || each === UNKNOWN) &&
          items(fields(value).adds).length === 0,
        "it keeps or adds capabilities.",
      ),
      ...must(
        props.securityOpts,
        (value) => items(value).some((each) => each === UNKNOWN || /^no-new-privileges([:=]true)?$/.test(String(each))),
        "its processes may gain privileges.",
      ),
    ],
  },
  {
    name: "not-root",
    description: "A container runs as a user of its own, on a root file system it can't write to.",
    remedy: "Set user to a uid and gid above 0, and readOnly: true with tmpfs for what it has to write.",
    appliesTo: only(CONTAINER),
    violations: ({ props }) => [
      ...must(
        props.user,
        (value) => typeof value === "string" && /^[1-9]\d*:[1-9]\d*$/.test(value),
        "it runs as root, or as whoever its image says.",
      ),
      ...must(props.readOnly, (value) => value === true, "its root file system can be written to."),
    ],
  },
  {
    name: "nothing-of-the-host",
    description: "A container sees volumes alone: no folders, devices, processes or the Docker socket of its host.",
    remedy: "Mount a named volume.",
    appliesTo: only(CONTAINER),
    violations: ({ props }) => [
      ...items(props.volumes).flatMap((volume) =>
        must(fields(volume).hostPath, absent, "it mounts a folder of the host."),
      ),
      ...items(props.mounts).flatMap((mount) =>
        must(fields(mount).type, (type) => type !== "bind", "it mounts a folder of the host."),
      ),
      ...must(props.devices, absent, "it sees devices of the host."),
      ...["pidMode", "ipcMode", "usernsMode"].flatMap((name) =>
        must(props[name], (value) => value !== "host", `${name} is the host's.`),
      ),
    ],
  },
  {
    name: "jobs-are-confined",
    description:
      "A job's container is as confined as a client's, reaches a network only by name, and is gone when it is done.",
    remedy: "Build its command line with components/docker-run.ts.",
    appliesTo: only(LOCAL_COMMAND),
    violations: ({ props }) =>
      textsIn({ create: props.create, update: props.update, delete: props.delete }).flatMap(({ path, text }) =>
        runsIn(text).flatMap((flags) => [
          ...NEEDED.filter((needed) => !flags.some((flag) => flag.startsWith(needed))).map(
            (needed) => `${path} runs a container without ${needed}.`,
          ),
          ...flags.filter((flag) => TOO_MUCH.test(flag)).map((flag) => `${path} runs a container with ${flag}.`),
        ]),
      ),
  },
];
