import { has } from '../lib/api';
import { link } from '../lib/router';
import { useResource } from '../lib/resource';
import { CopyButton } from '../ui/button';
import { Loaded, Notice } from '../ui/notice';
import { forwardRecipe, recipes } from './recipes';

interface Config {
  settings: Record<string, { value: unknown } | undefined>;
}

// Where clients reach the proxy: the first address over TCP, by the name this page was asked by when it
// listens on all.
function baseOf(config: Config): string {
  const listen = config.settings['proxy.listen']?.value;
  const address = (Array.isArray(listen) ? (listen as string[]) : []).find((one) => !one.startsWith('unix:')) ?? '127.0.0.1:8001';
  return `http://${address.replace(/^(0\.0\.0\.0|\[::\])/, location.hostname)}`;
}

export function Connect() {
  const config = useResource<Config>('api/v1/config');
  return (
    <div class="page">
      <div class="page-head"><h1>Connect a client</h1></div>
      <Loaded from={config}>{(known) => <Recipes base={baseOf(known)} tokens={known.settings['clients.required']?.value === true} />}</Loaded>
    </div>
  );
}

function Code({ text, label }: { text: string; label: string }) {
  return <pre class="code" tabIndex={0} aria-label={label}><code>{text}</code></pre>;
}

function Recipes({ base, tokens }: { base: string; tokens: boolean }) {
  const key = tokens ? 'YOUR-CLIENT-TOKEN' : 'anything';
  return (
    <>
      {tokens ? (
        <Notice kind="plain">
          Clients need a token in place of the API key{has('get', '/clients') ? <>: <a href={link('clients')}>make one for each</a></> : ''}.
        </Notice>
      ) : (
        <p class="muted">Clients talk to <code>{base}</code> with any text as their API key; gemkeeper puts one of its own in its place.</p>
      )}
      <div class="two">
        {recipes(base, key).map((one) => (
          <section key={one.title} class="card" aria-label={one.title}>
            <div class="card-head"><h2>{one.title}</h2><CopyButton text={one.code} /></div>
            {one.note && <p class="muted recipe-note">{one.note}</p>}
            <Code text={one.code} label={`Recipe for ${one.title}`} />
          </section>
        ))}
        <section class="card stack" aria-label="Where the base URL cannot be changed">
          <div class="card-head"><h2>Where the base URL cannot be changed</h2><CopyButton text={forwardRecipe(base, key)} /></div>
          <p class="muted">
            gemkeeper as HTTPS proxy. It ends TLS for Google’s Gemini host alone, by a CA of its own that can vouch
            for nothing else; the client has to trust its certificate.
          </p>
          <p><a class="button" href="api/v1/ca" download="gemkeeper-ca.pem">Download the CA certificate</a></p>
          <Code text={forwardRecipe(base, key)} label="Recipe for the forward proxy" />
        </section>
        <section class="card stack" aria-label="Run one command with it">
          <div class="card-head"><h2>Run one command with it</h2></div>
          <Code label="Recipe for gemkeeper run" text={`gemkeeper run -- python app.py\ngemkeeper run --mode forward -- python app.py\neval "$(gemkeeper env)"`} />
        </section>
      </div>
    </>
  );
}
