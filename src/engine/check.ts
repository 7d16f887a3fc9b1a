import type { Program } from './core.js';
import type { World } from './scope.js';

export function check(_program: Program, _world: World): void {}
