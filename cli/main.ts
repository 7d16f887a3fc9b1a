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
  new Option('--format <format>', 'output format').choices(names).default(names[0]);
const rulesOption = (): Option =>
  new Option('--rules <path...>', 'rule files and folders (default: `rules`, or this folder)');

const catalogueOption = (): Option =>
  new Option('--catalogue <file...>', 'catalogues of targets, in addition to those in the rules');

function createProgram(): Command {
  const program = new Command('policy')
    .description(
      'Rules for pipelines: check, test, explain and replay them, and enforce them in the gateway.',
    )
    .version(packageJson.version, '-V, --version')
    .showHelpAfterError('(run `policy help` for a list of commands)')
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
      'the gateway runs on another machine: do not look for the files, programs and variables here',
    )
    .addOption(formats('pretty', 'json', 'sarif', 'junit', 'github'))
    .action(
      exitWith(async (paths: string[], options: CheckOptions) =>
        (await import('./check.js')).check(paths, options),
      ),
    );
  program
    .command('fmt [path...]')
    .description('format rules, keeping comments (`-` reads standard input)')
    .option('-w, --write', 'write the files instead of printing them')
    .option('--check', 'list the files that are not formatted, and fail if there are any')
    .action(
      exitWith(async (paths: string[], options: FmtOptions) =>
        (await import('./fmt.js')).fmt(paths, options),
      ),
    );
  program
    .command('lint [path...]')
    .description('find rules that compile but are probably not what was meant')
    .option('--fix', 'fix what can be fixed without changing the meaning')
    .option('--strict', 'fail on warnings too')
    .option(
      '--config <file>',
      'configuration of the linter (default: `.sallyport/lint.yaml` next to the rules, or here)',
    )
    .option('--list', 'list the lint rules and their levels')
    .addOption(formats('pretty', 'json', 'sarif', 'junit', 'github'))
    .action(
      exitWith(async (paths: string[], options: LintOptions) =>
        (await import('./lint.js')).lint(paths, options),
      ),
    );
  program
    .command('test [path...]')
    .description('run test blocks and `test_` rules')
    .option('--run <text>', 'run only tests whose name contains this')
    .option('--watch', 'run again when rules, data or catalogues change')
    .option('--bench', 'report how long each test takes')
    .option('--jobs <count>', 'run the tests in this many processes')
    .option('--share <number/of>', 'run one share of the tests: 2/4 is the second of four')
    .option('--coverage', 'report which conditions the tests evaluated, and to what')
    .option('--coverage-html <file>', 'write the report as an HTML page')
    .option('--coverage-lcov <file>', 'write the report as an lcov tracefile')
    .option('--coverage-json <file>', 'write the report as JSON')
    .option('--mutate', 'change the rules in small ways, and report the changes that no test notices')
    .option('--every <number>', 'with `--mutate`: try only every Nth change')
    .option(
      '--equivalent <file>',
      'with `--mutate`: changes known to make no difference, each with the reason',
    )
    .option('--threshold <percent>', 'fail if less than this is covered, or caught')
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
    .description('document rules as Markdown: what each decides, when, and which tests show it')
    .option('-o, --output <file>', 'write to this file')
    .option('--check', 'fail if that file is out of date, and write nothing')
    .option('--title <text>', 'the heading of the page', 'Rules')
    .action(
      exitWith(async (paths: string[], options: DocOptions) =>
        (await import('./doc.js')).doc(paths, options),
      ),
    );
  program
    .command('lsp')
    .description('the language server for editors')
    .option('--stdio', 'use standard input and output (the only transport)')
    .action(exitWith(async () => (await import('./lsp/server.js')).lsp()));
}

function addDecisionCommands(program: Command): void {
  program
    .command('eval <expression>')
    .description('evaluate an expression over rules')
    .option('-i, --input <file>', 'facts, as JSON or YAML')
    .option('-d, --data <path...>', 'rule and data files and folders (`rules`, or this folder)')
    .option('--package <name>', 'the package in which the expression is evaluated')
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (text: string, options: EvalOptions) =>
        (await import('./eval.js')).evaluate(text, options),
      ),
    );
  program
    .command('explain <command>')
    .description('decide one command and show why: each rule, each condition, each value')
    .requiredOption('--as <identity>', 'who: `ci-test`, `alice:dba,pii-reader`, or a file of identity facts')
    .requiredOption('--on <target>', 'where: a target of the configuration, or any name')
    .option('--label <key=value...>', 'labels of the target, in addition to those in the configuration')
    .option('--given <fact=value...>', 'override facts: `sql.masked_write=true`')
    .addOption(
      new Option(
        '--protocol <protocol>',
        'the protocol of the command (default: that of the target, or sql)',
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
    .description('decide recorded sessions with these rules and show what changes')
    .addOption(rulesOption())
    .option(
      '--base <revision>',
      'compare with the rules of this git revision or bundle instead of the recorded decisions',
    )
    .addOption(catalogueOption())
    .option('--accept', 'exit with 0 even if something that was denied would be allowed')
    .addOption(formats('pretty', 'json', 'markdown', 'junit'))
    .action(
      exitWith(async (paths: string[], options: ReplayCommandOptions) =>
        (await import('./replay.js')).replay(paths, options),
      ),
    );
}

function addRecordCommands(program: Command): void {
  const recordings = (): Option => new Option('--recordings <folder>', 'the folder of the recordings');
  const sessions = program.command('sessions').description('recorded sessions');
  sessions
    .command('list')
    .description('list sessions, newest last')
    .addOption(recordings())
    .option('-c, --config <file>', 'configuration that names the folder')
    .option('--since <moment>', 'opened since: `2h`, `7d`, `2026-12-01`, `2026-12-01T08:00:00Z`')
    .option('--identity <subject>', 'of this identity; `*` is any text')
    .option('--target <name>', 'on this target; `*` is any text')
    .option('--denied', 'with at least one denied command')
    .option('--text <text>', 'with a command whose text contains this')
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (options: SessionsOptions & SessionFilter) =>
        (await import('./sessions.js')).listSessions(options),
      ),
    );
  sessions
    .command('show <session>')
    .description('show what a session did, by its id (a prefix is enough) or by file')
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
      'also fail if a record has no end: the session is still running, or the end was removed',
    )
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (files: string[], options: VerifyOptions) =>
        (await import('./audit.js')).verify(files, options),
      ),
    );
}

function addBundleCommands(program: Command): void {
  const bundle = program.command('bundle').description('rules as a single file that can be signed');
  bundle
    .command('build [path...]')
    .description('put rules, data and catalogues into a bundle')
    .option('-o, --output <file>', 'write to this file', 'bundle.tar.gz')
    .option(
      '--revision <text>',
      'revision of the rules (default: the git commit, or a hash of their content)',
    )
    .option('--no-tests', 'leave out `*_test.rules`')
    .action(
      exitWith(async (paths: string[], options: BuildOptions) =>
        (await import('./bundle.js')).build(paths, options),
      ),
    );
  bundle
    .command('sign <file>')
    .description('sign a bundle')
    .requiredOption('--key <file>', 'Ed25519 private key, as PEM')
    .option('-o, --output <file>', 'write to this file (default: the bundle itself)')
    .action(
      exitWith(async (file: string, options: SignOptions) =>
        (await import('./bundle.js')).sign(file, options),
      ),
    );
  bundle
    .command('verify <file>')
    .description('check the signature of a bundle and everything in it')
    .requiredOption('--key <file...>', 'Ed25519 public keys, as PEM; a signature by one of them is enough')
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
    .description('create a configuration, first rules with tests, and a CI job that checks them')
    .option('--database <url>', 'the database, as postgres://user@host:5432/name')
    .option(
      '--issuer <name>',
      'the issuer of the tokens: github, gitlab, buildkite, local, or the URL of an issuer',
    )
    .option('--identity <name>', 'who may read: a repository, a project, or the `sub` of a token')
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
    .description('run a local token issuer, to try the gateway without an OpenID provider')
    .option('--port <number>', 'the port on 127.0.0.1', '15400')
    .option('--folder <folder>', 'the folder for its key and the token', 'var/issuer')
    .option('--audience <name>', 'the audience of the token', 'sallyport')
    .action(
      exitWith(async (subject: string, options: IssuerCommandOptions) =>
        (await import('./demo/local-issuer.js')).issueTokens(subject, options),
      ),
    );
  program
    .command('demo')
    .description('run a demonstration: a database, an identity provider, the gateway and a sample pipeline')
    .option('--once', 'stop after the pipeline')
    .action(exitWith(async (options: DemoOptions) => (await import('./demo/demo.js')).demo(options)));
  program
    .command('catalogue')
    .description('the relations and functions of a target')
    .command('pull')
    .description('print the catalogue, for tests and replay')
    .requiredOption('--target <name>', 'a target of the configuration')
    .option('-c, --config <file>', 'configuration', 'sallyport.yaml')
    .option('-o, --output <file>', 'write to this file')
    .action(exitWith(async (options: PullOptions) => (await import('./catalogue.js')).pull(options)));
}

function addPipelineCommands(program: Command): void {
  const token = program.command('token').description('print a fresh token for this job');
  for (const option of tokenOptions()) token.addOption(option);
  token.action(exitWith(async (options: TokenOptions) => (await import('./token.js')).token(options)));
  const connect = program
    .command('connect <target> [command...]')
    .description('run a command (after `--`) that connects to a target through the gateway')
    .addOption(new Option('--gateway <host:port>', 'address of the gateway').env('SALLYPORT_GATEWAY'))
    .addOption(
      new Option(
        '--ca <file>',
        'authority of its certificate, a PEM file (default: the public authorities)',
      ).env('SALLYPORT_CA'),
    )
    .addOption(
      new Option('--server-name <name>', 'name in its certificate (default: the host)').env(
        'SALLYPORT_SERVER_NAME',
      ),
    )
    .option('--plaintext', 'connect without TLS, to a gateway on this machine only')
    .addOption(
      new Option('--user <name>', 'the user name that is recorded').env('SALLYPORT_USER').default('ci'),
    )
    .option('--port <port>', 'the local port to listen on (default: a free one)');
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
        '(default: detected from the environment)',
    ).env('SALLYPORT_TOKEN_FROM'),
    new Option('--audience <text>', 'the audience of the token').env('SALLYPORT_AUDIENCE'),
    new Option('--issuer <url>', 'the issuer of the device flow').env('SALLYPORT_ISSUER'),
    new Option('--client-id <id>', 'the client id of the device flow').env('SALLYPORT_CLIENT_ID'),
    new Option('--scope <words>', 'the scopes of the device flow').env('SALLYPORT_SCOPE').default('openid'),
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
