/** One numbered step of a schema. Forward only; its text never changes once released (a checksum is kept in the database). */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}
