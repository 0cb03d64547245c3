// Text that was pasted, as keys: "KEY", "name = KEY", "name,KEY", quoted or not; "#" begins a remark.
export interface KeyLine {
  number: number; // from 1, as in the text
  name: string;
  secret: string;
  label: string; // how results call it: never the secret
  problem: string; // why it is not sent
}

function masked(secret: string): string {
  return secret.length >= 16 ? `${secret.slice(0, 4)}…${secret.slice(-4)}` : '…';
}

export function parseKeyLines(text: string): KeyLine[] {
  const seen = new Map<string, number>();
  const made: KeyLine[] = [];
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim().replace(/,$/, '');
    if (line === '' || line.startsWith('#')) return;
    const [, name = '', rest = line] = /^([^=,:\s"']{1,64})\s*[=,:]\s*(\S.*)$/.exec(line) ?? [];
    const secret = rest.trim().replace(/^(["'])(.*)\1$/, '$2');
    const number = index + 1;
    const before = seen.get(secret);
    let problem = '';
    if (/\s/.test(secret)) problem = 'There is a space within the key: put one key on a line.';
    else if (before !== undefined) problem = `The same key as in line ${before}.`;
    else seen.set(secret, number);
    made.push({ number, name, secret, label: masked(secret), problem });
  });
  return made;
}
