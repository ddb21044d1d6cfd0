/** The version of the pages, written in at build time. */
declare const __VERSION__: string;
