export const DOCUMENT: string;
export const SCHEMA: string;
export function schemaOf(text: string): Promise<string>;
