/** Rows as a CSV file (RFC 4180), as spreadsheets open it: UTF-8 with its mark, no cell that is taken for a formula. */

const MARK = "\ufeff";

export function csv(rows: readonly (readonly string[])[]): string {
  return MARK + rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** A text that begins like a formula would be run by a spreadsheet: it gets a quotation mark in front, as they know it. */
function cell(text: string): string {
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** Hands a file to the browser's downloads. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
