import { useEffect, useState } from 'preact/hooks';
import { loadFeatures, loadSession, session } from './lib/api';
import { connect, disconnect } from './lib/events';
import { Login } from './login';
import { Shell } from './shell';
import { Button } from './ui/button';
import { Notice } from './ui/notice';
import { Toasts } from './ui/toast';

export function App() {
  const [problem, setProblem] = useState('');
  const [ready, setReady] = useState(false);
  const logged_in = session.value?.logged_in ?? false;

  const begin = async () => {
    setProblem('');
    try {
      await loadSession();
      if (!session.value?.logged_in) return;
      await loadFeatures();
      setReady(true);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  useEffect(() => {
    if (logged_in) connect();
    else disconnect();
    if (!logged_in) setReady(false);
    void begin();
  }, [logged_in]);

  return (
    <>
      {problem ? (
        <main class="login">
          <Notice kind="bad" live action={<Button onClick={() => void begin()}>Try again</Button>}>
            {problem}
          </Notice>
        </main>
      ) : session.value === null || (logged_in && !ready) ? (
        <main class="login" aria-busy="true"><span class="spinner" /><h1 class="hidden-text">gemkeeper is loading</h1></main>
      ) : logged_in ? (
        <Shell />
      ) : (
        <Login />
      )}
      <Toasts />
    </>
  );
}
