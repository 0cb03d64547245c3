import { useEffect, useRef, useState } from 'preact/hooks';
import { logIn, sessionEnded } from './lib/api';
import { Button } from './ui/button';
import { TextField } from './ui/field';

export function Login() {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    document.title = 'Log in · gemkeeper';
    form.current?.querySelector('input')?.focus();
  }, []);
  const send = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    try {
      await logIn(token);
    } catch (error) {
      setProblem((error as Error).message);
    }
    setToken('');
    setBusy(false);
  };
  return (
    <main class="login">
      <form class="card" ref={form} onSubmit={(event) => void send(event)}>
        <div class="brand">
          <img src="./icon.svg" alt="" />
          <h1>gemkeeper</h1>
        </div>
        {sessionEnded.value && <p role="status">Your session ended, or gemkeeper was started anew. Log in again.</p>}
        <TextField
          label="Admin token" type="password" value={token} onInput={setToken} secret problem={problem || undefined}
          hint="The value of admin.token. It is sent once; the browser keeps a session that no script can read."
        />
        <Button kind="main" submit busy={busy} disabled={token === ''}>Log in</Button>
      </form>
    </main>
  );
}
