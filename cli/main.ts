/** `policy`: the command line. Each command is a file beside this one and is loaded when it is asked for. */
import { Command, CommanderError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { causeOf, GatewayError } from '../src/errors.js';
import type { VerifyOptions } from './audit.js';
import type { BuildOptions, BundleVerifyOptions, SignOptions } from './bundle.js';
import type { PullOptions } from './catalogue.js';
import type { CheckOptions } from './check.js';
import type { ConnectOptions } from './connect.js';
import type { DemoOptions } from './demo/demo.js';
import type { IssuerCommandOptions } from './demo/local-issuer.js';
import type { DocOptions } from './doc.js';
import type { EvalOptions } from './eval.js';
import type { ExplainOptions } from './explain.js';
import type { FmtOptions } from './fmt.js';
import type { InitOptions } from './init.js';
import type { LintOptions } from './lint.js';
import type { ReplayCommandOptions } from './replay.js';
import type { ServeOptions } from './serve.js';
import type { SessionFilter } from './session-filter.js';
import type { SessionsOptions } from './sessions.js';
import type { TestOptions } from './test.js';
import type { TokenOptions } from './token.js';
import { UNUSABLE, UsageError, YES, type ExitCode } from './outcome.js';
import { endWithReader, paintTalk, say } from './terminal.js';

/** The code of a command that ran in the place of this one may be any. */
type Run<Arguments extends unknown[]> = (...args: Arguments) => Promise<number> | number;

/** What a command came to becomes the exit code; a process that serves on has none yet. */
function exitWith<Arguments extends unknown[]>(run: Run<Arguments>): (...args: Arguments) => Promise<void> {
  return async (...args) => {
    process.exitCode = await run(...args);
  };
}

const formats = (...names: string[]): Option =>
  new Option('--format <format>', 'how results are printed').choices(names).default(names[0]);
const rulesOption = (): Option =>
  new Option('--rules <path...>', 'rule files and folders (`rules`, or this folder)');

const catalogueOption = (): Option =>
  new Option('--catalogue <file...>', 'catalogues of targets, beside those in the rules');

function createProgram(): Command {
  const program = new Command('policy')
    .description(
      'Rules for pipelines: check, test, explain and replay them, and enforce them in the gateway.',
    )
    .version(packageJson.version, '-V, --version')
    .showHelpAfterError('(run `policy help` for what there is)')
    .configureHelp({ sortSubcommands: false })
    .exitOverride();
  addRuleCommands(program);
  addDecisionCommands(program);
  addRecordCommands(program);
  addBundleCommands(program);
  addEditorCommands(program);
  addGatewayCommands(program);
  addPipelineCommands(program);
  return program;
}

function addRuleCommands(program: Command): void {
  program
    .command('check [path...]')
    .description('parse and check rules, data and configuration')
    .option(
      '--elsewhere',
      'the gateway runs on another machine: do not look here for what the configuration names',
    )
    .addOption(formats('pretty', 'json', 'sarif', 'junit', 'github'))
    .action(
      exitWith(async (paths: string[], options: CheckOptions) =>
        (await import('./check.js')).check(paths, options),
      ),
    );
  program
    .command('fmt [path...]')
    .description('print rules in the one layout, comments kept (`-` reads standard input)')
    .option('-w, --write', 'write the files instead')
    .option('--check', 'list the files that are laid out otherwise, and fail')
    .action(
      exitWith(async (paths: string[], options: FmtOptions) =>
        (await import('./fmt.js')).fmt(paths, options),
      ),
    );
  program
    .command('lint [path...]')
    .description('find what compiles and still is not what its author meant')
    .option('--fix', 'mend what can be mended without changing a meaning')
    .option('--strict', 'fail on warnings too')
    .option(
      '--config <file>',
      'configuration of the linter (`.sallyport/lint.yaml` beside the rules, or here)',
    )
    .option('--list', 'list the lint rules with their levels')
    .addOption(formats('pretty', 'json', 'sarif', 'junit', 'github'))
    .action(
      exitWith(async (paths: string[], options: LintOptions) =>
        (await import('./lint.js')).lint(paths, options),
      ),
    );
  program
    .command('test [path...]')
    .description('run test blocks and `test_` rules')
    .option('--run <text>', 'only tests whose name contains this')
    .option('--watch', 'run again whenever rules, data or catalogues change')
    .option('--bench', 'say what each test costs')
    .option('--jobs <count>', 'deal the tests out to so many processes')
    .option('--share <number/of>', 'run one share of the tests: 2/4 is the second of four')
    .option('--coverage', 'say which conditions the tests tried, and how each came out')
    .option('--coverage-html <file>', 'write it as a page, the rules beside what was tried')
    .option('--coverage-lcov <file>', 'write it as an lcov tracefile')
    .option('--coverage-json <file>', 'write it as JSON')
    .option('--mutate', 'make small mistakes in the rules, and say which of them no test notices')
    .option('--every <number>', 'with `--mutate`: only every so many of them')
    .option('--equivalent <file>', 'with `--mutate`: those that mean the same, each with the reason')
    .option('--threshold <percent>', 'fail where less is covered, or caught')
    .addOption(formats('pretty', 'json', 'junit', 'tap', 'github'))
    .action(
      exitWith(async (paths: string[], options: TestOptions) =>
        (await import('./test.js')).test(paths, options),
      ),
    );
}

function addEditorCommands(program: Command): void {
  program
    .command('doc [path...]')
    .description('a rule set as Markdown: what each rule decides, when, and which tests show it')
    .option('-o, --output <file>', 'write to this file')
    .option('--check', 'fail where that file is out of date, and write nothing')
    .option('--title <text>', 'the heading of the page', 'Rules')
    .action(
      exitWith(async (paths: string[], options: DocOptions) =>
        (await import('./doc.js')).doc(paths, options),
      ),
    );
  program
    .command('lsp')
    .description('the language server for editors')
    .option('--stdio', 'over standard input and output, which is the only way')
    .action(exitWith(async () => (await import('./lsp/server.js')).lsp()));
}

function addDecisionCommands(program: Command): void {
  program
    .command('eval <expression>')
    .description('evaluate an expression over rules')
    .option('-i, --input <file>', 'facts, as JSON or YAML')
    .option('-d, --data <path...>', 'rule and data files and folders (`rules`, or this folder)')
    .option('--package <name>', 'the package in whose names the expression is read')
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (text: string, options: EvalOptions) =>
        (await import('./eval.js')).evaluate(text, options),
      ),
    );
  program
    .command('explain <command>')
    .description('decide one command and say why: each rule, each condition, each value')
    .requiredOption('--as <identity>', 'who: `ci-test`, `alice:dba,pii-reader`, or a file of identity facts')
    .requiredOption('--on <target>', 'where: a target of the configuration, or any name')
    .option('--label <key=value...>', 'labels of the target, beside those of the configuration')
    .option('--given <fact=value...>', 'facts in the place of those that there are: `sql.masked_write=true`')
    .addOption(
      new Option(
        '--protocol <protocol>',
        'what the command is written in (as the target speaks, or sql)',
      ).choices(['sql', 'kubectl', 'shell', 'http', 'docker']),
    )
    .addOption(rulesOption())
    .addOption(catalogueOption())
    .option('-c, --config <file>', 'configuration with the target')
    .addOption(formats('text', 'json'))
    .action(
      exitWith(async (text: string, options: ExplainOptions) =>
        (await import('./explain.js')).explain(text, options),
      ),
    );
  program
    .command('replay <sessions...>')
    .description('decide recorded sessions by these rules and say what changes')
    .addOption(rulesOption())
    .option(
      '--base <revision>',
      'compare with the rules of this git revision or bundle, not with what was decided then',
    )
    .addOption(catalogueOption())
    .option('--accept', 'exit 0 also where something opens')
    .addOption(formats('pretty', 'json', 'markdown', 'junit'))
    .action(
      exitWith(async (paths: string[], options: ReplayCommandOptions) =>
        (await import('./replay.js')).replay(paths, options),
      ),
    );
}

function addRecordCommands(program: Command): void {
  const recordings = (): Option => new Option('--recordings <folder>', 'where the recordings are');
  const sessions = program.command('sessions').description('recorded sessions');
  sessions
    .command('list')
    .description('one line a session, the newest last')
    .addOption(recordings())
    .option('-c, --config <file>', 'configuration that names the folder')
    .option('--since <moment>', 'opened since then: `2h`, `7d`, `2026-12-01`, `2026-12-01T08:00:00Z`')
    .option('--identity <subject>', 'of this identity; `*` is any text')
    .option('--target <name>', 'on this target; `*` is any text')
    .option('--denied', 'with at least one refused command')
    .option('--text <text>', 'with a command whose text contains this')
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (options: SessionsOptions & SessionFilter) =>
        (await import('./sessions.js')).listSessions(options),
      ),
    );
  sessions
    .command('show <session>')
    .description('what a session did: an id (its beginning is enough) or a file')
    .addOption(recordings())
    .option('-c, --config <file>', 'configuration that names the folder')
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (id: string, options: SessionsOptions) =>
        (await import('./sessions.js')).showSession(id, options),
      ),
    );
  const audit = program.command('audit').description('evidence');
  audit
    .command('verify <file...>')
    .description('check the hash chain of recordings')
    .option(
      '--complete',
      'fail also where a record has no end: of a session that runs, or whose end was cut off',
    )
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (files: string[], options: VerifyOptions) =>
        (await import('./audit.js')).verify(files, options),
      ),
    );
}

function addBundleCommands(program: Command): void {
  const bundle = program.command('bundle').description('rules as one file that can be signed');
  bundle
    .command('build [path...]')
    .description('put rules, data and catalogues into a bundle')
    .option('-o, --output <file>', 'write to this file', 'bundle.tar.gz')
    .option('--revision <text>', 'what the rules are called (the git commit, or a hash of what is in them)')
    .option('--no-tests', 'leave `*_test.rules` out')
    .action(
      exitWith(async (paths: string[], options: BuildOptions) =>
        (await import('./bundle.js')).build(paths, options),
      ),
    );
  bundle
    .command('sign <file>')
    .description('sign a bundle')
    .requiredOption('--key <file>', 'Ed25519 private key, as PEM')
    .option('-o, --output <file>', 'write to this file (the bundle itself)')
    .action(
      exitWith(async (file: string, options: SignOptions) =>
        (await import('./bundle.js')).sign(file, options),
      ),
    );
  bundle
    .command('verify <file>')
    .description('check the signature of a bundle and everything in it')
    .requiredOption('--key <file...>', 'Ed25519 public keys, as PEM: one that signed is enough')
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (file: string, options: BundleVerifyOptions) =>
        (await import('./bundle.js')).verify(file, options),
      ),
    );
}

function addGatewayCommands(program: Command): void {
  program
    .command('init [folder]')
    .description('write a configuration, first rules with tests and a job that checks them')
    .option('--database <url>', 'the database, as postgres://user@host:5432/name')
    .option(
      '--issuer <name>',
      'whose tokens open it: github, gitlab, buildkite, local, or the URL of an issuer',
    )
    .option('--identity <name>', 'who may read it: the repository, the project, or the `sub` of a token')
    .action(
      exitWith(async (folder: string | undefined, options: InitOptions) =>
        (await import('./init.js')).init(folder ?? '.', options),
      ),
    );
  program
    .command('serve')
    .description('run the gateway')
    .option('-c, --config <file>', 'configuration', 'sallyport.yaml')
    .action(exitWith(async (options: ServeOptions) => (await import('./serve.js')).serve(options)));
  program
    .command('issuer <subject>')
    .description('give yourself tokens to try it, where no OpenID provider is at hand')
    .option('--port <number>', 'on 127.0.0.1', '15400')
    .option('--folder <folder>', 'for its key and the token', 'var/issuer')
    .option('--audience <name>', 'whom the token is for', 'sallyport')
    .action(
      exitWith(async (subject: string, options: IssuerCommandOptions) =>
        (await import('./demo/local-issuer.js')).issueTokens(subject, options),
      ),
    );
  program
    .command('demo')
    .description('see it work: a database, an identity provider, the gateway and a sample pipeline')
    .option('--once', 'end after the pipeline')
    .action(exitWith(async (options: DemoOptions) => (await import('./demo/demo.js')).demo(options)));
  program
    .command('catalogue')
    .description('the relations and functions of a target')
    .command('pull')
    .description('print them as a file for tests and replay')
    .requiredOption('--target <name>', 'a target of the configuration')
    .option('-c, --config <file>', 'configuration', 'sallyport.yaml')
    .option('-o, --output <file>', 'write to this file')
    .action(exitWith(async (options: PullOptions) => (await import('./catalogue.js')).pull(options)));
}

function addPipelineCommands(program: Command): void {
  const token = program.command('token').description('print a fresh token of this pipeline');
  for (const option of tokenOptions()) token.addOption(option);
  token.action(exitWith(async (options: TokenOptions) => (await import('./token.js')).token(options)));
  const connect = program
    .command('connect <target> [command...]')
    .description('run a command (behind `--`) whose connections reach a target through the gateway')
    .addOption(new Option('--gateway <host:port>', 'the gateway').env('SALLYPORT_GATEWAY'))
    .addOption(
      new Option('--ca <file>', 'whom its certificate is from (the public authorities)').env('SALLYPORT_CA'),
    )
    .addOption(
      new Option('--server-name <name>', 'whose its certificate is (the host’s)').env(
        'SALLYPORT_SERVER_NAME',
      ),
    )
    .option('--plaintext', 'without TLS, to a gateway on this machine')
    .addOption(
      new Option('--user <name>', 'the user name that is recorded').env('SALLYPORT_USER').default('ci'),
    )
    .option('--port <port>', 'the port of this machine to listen on (a free one)');
  for (const option of tokenOptions()) connect.addOption(option);
  connect.action(
    exitWith(async (target: string, command: string[], options: ConnectOptions) =>
      (await import('./connect.js')).connect(target, command, options),
    ),
  );
}

function tokenOptions(): readonly Option[] {
  return [
    new Option(
      '--from <source>',
      'github, gitlab, buildkite, circleci, kubernetes, device, file:PATH, env:NAME or exec:COMMAND ' +
        '(what the environment speaks of)',
    ).env('SALLYPORT_TOKEN_FROM'),
    new Option('--audience <text>', 'for whom the token is').env('SALLYPORT_AUDIENCE'),
    new Option('--issuer <url>', 'of the device flow').env('SALLYPORT_ISSUER'),
    new Option('--client-id <id>', 'of the device flow').env('SALLYPORT_CLIENT_ID'),
    new Option('--scope <words>', 'of the device flow').env('SALLYPORT_SCOPE').default('openid'),
  ];
}

/** What the operating system refuses (a file, a port, a name) is nobody's bug here. */
function isOfSystem(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return error instanceof Error && typeof code === 'string' && typeof syscall === 'string';
}

function report(error: unknown): ExitCode {
  // Commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? YES : UNUSABLE;
  if (error instanceof UsageError) {
    say(`${paintTalk.red('error')}: ${error.message}`);
    if (error.help !== null) say(`${paintTalk.cyan('help')}: ${error.help}`);
  } else if (error instanceof GatewayError) {
    say(`${paintTalk.red(`error[${error.code}]`)}: ${error.message}`);
  } else if (isOfSystem(error)) {
    say(`${paintTalk.red('error')}: ${causeOf(error)}`);
  } else {
    say(
      `${paintTalk.red('this is a bug in policy')}: ${error instanceof Error ? error.stack : String(error)}`,
    );
  }
  return UNUSABLE;
}

endWithReader();
try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
