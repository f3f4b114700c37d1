// What TypeScript's types say, for tests that compare it with documents: types are gone when a test runs.

import * as ts from "typescript";
import { read } from "./docs";

const parse = (path: string): ts.SourceFile => ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022, true);

/** The names in a union of texts. */
export function unionOf(path: string, name: string): string[] {
  const alias = parse(path).statements.find((each) => ts.isTypeAliasDeclaration(each) && each.name.text === name);
  if (!alias || !ts.isTypeAliasDeclaration(alias) || !ts.isUnionTypeNode(alias.type))
    throw new Error(`${path} has no union ${name}`);
  return alias.type.types.flatMap((type) =>
    ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal) ? [type.literal.text] : [],
  );
}

export interface Field {
  /** With the names it lies under: `chain.slot`. */
  readonly path: string;
  /** `string`, `number`, `boolean`, `object`, or `null` where it can be nothing else. */
  readonly kind: string;
  readonly nullable: boolean;
}

/** Every field of an interface, those of objects in it too, in the order they are declared. */
export function fieldsOf(path: string, name: string): Field[] {
  const file = parse(path);
  const interfaces = new Map(
    file.statements.flatMap((each) => (ts.isInterfaceDeclaration(each) ? [[each.name.text, each.members]] : [])),
  );
  const root = interfaces.get(name);
  if (!root) throw new Error(`${path} has no interface ${name}`);
  const membersOf = (type: ts.TypeNode): ts.NodeArray<ts.TypeElement> | undefined => {
    if (ts.isTypeLiteralNode(type)) return type.members;
    return ts.isTypeReferenceNode(type) ? interfaces.get(type.typeName.getText(file)) : undefined;
  };
  const walk = (members: ts.NodeArray<ts.TypeElement>, above: string): Field[] =>
    members.flatMap((member) => {
      if (!ts.isPropertySignature(member) || !member.type) return [];
      const here = `${above}${member.name.getText(file)}`;
      const parts = ts.isUnionTypeNode(member.type) ? [...member.type.types] : [member.type];
      const isNull = (part: ts.TypeNode): boolean => part.getText(file) === "null";
      const rest = parts.filter((part) => !isNull(part));
      const inner = rest.map(membersOf).find((found) => found !== undefined);
      const texts = rest.every((part) => ts.isLiteralTypeNode(part));
      const kind = inner ? "object" : rest.length === 0 ? "null" : texts ? "string" : (rest[0]?.getText(file) ?? "");
      return [{ path: here, kind, nullable: parts.some(isNull) }, ...(inner ? walk(inner, `${here}.`) : [])];
    });
  return walk(root, "");
}
