/** The part of WebAssembly that the parsers use; the types of Node 20 leave it to the browser's. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
    readonly [Symbol.toStringTag]: string;
  }
  namespace Module {
    function customSections(module: Module, name: string): ArrayBuffer[];
  }
  type ModuleImports = Readonly<Record<string, unknown>>;
  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, ModuleImports>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class Memory {
    constructor(size: { readonly initial: number; readonly maximum: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Table {
    constructor(size: { readonly element: 'anyfunc'; readonly initial: number });
    get(index: number): unknown;
    grow(elements: number): number;
  }
  class Global {
    constructor(type: { readonly value: 'i32'; readonly mutable?: boolean }, value: number);
    value: number;
  }
}
