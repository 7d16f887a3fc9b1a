/** The WebAssembly declarations that wasm.ts needs in addition to those of src/facts/sql. */
declare namespace WebAssembly {
  namespace Module {
    function customSections(module: Module, name: string): ArrayBuffer[];
  }
  interface MemoryConstructor {
    new (size: { readonly initial: number; readonly maximum: number }): Memory;
  }
  const Memory: MemoryConstructor;
  class Table {
    constructor(size: { readonly element: 'anyfunc'; readonly initial: number });
    grow(elements: number): number;
  }
  class Global {
    constructor(type: { readonly value: 'i32'; readonly mutable?: boolean }, value: number);
    value: number;
  }
}
