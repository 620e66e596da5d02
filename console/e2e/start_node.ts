// Starts the real binary with its demonstration, invites the people of the tests, and stops it at the end.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { people, type Person } from './people';

const binary = process.env['SHINAYAKA_BIN'] ?? resolve(import.meta.dirname, '../../target/debug/shinayaka');
const PATIENCE_MILLISECONDS = 60_000;

/** A port that nobody uses now. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until the node says that it is ready. */
async function ready(node: ChildProcess, base: string): Promise<void> {
  let text = '';
  node.stdout?.on('data', (piece: Buffer) => (text += piece.toString()));
  node.stderr?.on('data', (piece: Buffer) => (text += piece.toString()));
  for (const until = Date.now() + PATIENCE_MILLISECONDS; Date.now() < until; await setTimeout(100)) {
    if (node.exitCode !== null) throw new Error(`the node ended with ${node.exitCode}:\n${text}`);
    const response = await fetch(`${base}/ready`).catch(() => undefined);
    if (response?.ok) return;
  }
  throw new Error(`the node was not ready in time:\n${text}`);
}

async function post(base: string, path: string, body: unknown, cookie = ''): Promise<Response> {
  const headers = { 'content-type': 'application/json', cookie };
  const response = await fetch(`${base}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response;
}

/** `name=value` of the session that an answer began. */
function sessionOf(response: Response): string {
  return response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
}

async function accept(base: string, link: string, person: Person): Promise<string> {
  const secret = link.split('#')[1];
  return sessionOf(await post(base, '/session/invitation', { secret, password: person.password }));
}

/** Signs in as the operator that the demonstration made. */
async function signIn(base: string, file: string): Promise<string> {
  const { accounts } = JSON.parse(readFileSync(file, 'utf8')) as { accounts: { name: string; role: string; password: string }[] };
  const operator = accounts.find((account) => account.role === 'operator');
  if (!operator) throw new Error('the demonstration has no operator');
  return sessionOf(await post(base, '/session', { name: operator.name, password: operator.password }));
}

function keep(folder: string, name: string, session: string): void {
  const cookies = session.split('; ').map((cookie) => {
    const [key, value] = cookie.split('=');
    const rest = { domain: '127.0.0.1', path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Lax' };
    return { name: key, value, ...rest };
  });
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ cookies, origins: [] }));
}

async function invite(base: string, folder: string): Promise<void> {
  const operator = await signIn(base, join(folder, 'accounts.json'));
  keep(folder, 'operator', operator);
  for (const [name, person] of Object.entries(people) as [string, Person][]) {
    const { roles, organisation, hubs } = person;
    const made = await post(base, '/accounts', { name, roles, communities: hubs ?? [], ...(organisation ? { organisation } : {}) }, operator);
    const { link } = (await made.json()) as { link: string };
    keep(folder, name, await accept(base, link, person));
  }
}

export default async function startNode(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'shinayaka-console-'));
  const listen = `127.0.0.1:${await freePort()}`;
  const options = ['--data', join(folder, 'data'), '--listen', listen, '--accounts-file', join(folder, 'accounts.json')];
  const node = spawn(binary, ['demo', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const end = async (): Promise<void> => {
    if (node.exitCode === null && node.kill('SIGTERM')) await once(node, 'exit');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(node, `http://${listen}`);
    await invite(`http://${listen}`, folder);
  } catch (error) {
    await end();
    throw error;
  }
  process.env['SHINAYAKA_E2E_BASE'] = `http://${listen}`;
  process.env['SHINAYAKA_E2E_FOLDER'] = folder;
  return end;
}
