/** Every tool that `npm run test:clients` knows. */
import { CHECKS } from './suites/checks.js';
import { GO_SUITES } from './suites/go.js';
import { PYTHON_SUITES } from './suites/python.js';
import type { Tool } from './tool.js';
import { GO_TOOLS } from './tools/go.js';
import { JAVA_TOOLS } from './tools/java.js';
import { NODE_TOOLS } from './tools/node.js';
import { PYTHON_TOOLS } from './tools/python.js';
import { RUBY_TOOLS } from './tools/ruby.js';
import { RUST_TOOLS } from './tools/rust.js';

export const TOOLS: readonly Tool[] = [
  ...GO_TOOLS,
  ...JAVA_TOOLS,
  ...PYTHON_TOOLS,
  ...NODE_TOOLS,
  ...RUBY_TOOLS,
  ...RUST_TOOLS,
  ...GO_SUITES,
  ...PYTHON_SUITES,
  ...CHECKS,
];
