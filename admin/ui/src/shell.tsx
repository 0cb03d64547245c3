// What stands around every view: navigation, connection, theme, the way out.
import { useEffect, useRef, useState } from 'preact/hooks';
import { failure } from './ui/toast';
import { logOut, session } from './lib/api';
import { connection, counts } from './lib/events';
import { link, place } from './lib/router';
import { choice, choose, type Choice } from './lib/theme';
import { Button } from './ui/button';
import { Icon } from './ui/icon';
import { Notice } from './ui/notice';
import { Select } from './ui/field';
import { views } from './views/list';

const themes = [['system', 'As the system'], ['light', 'Light'], ['dark', 'Dark']] as const;

function Connection() {
  const texts = { live: ['good', 'Live'], connecting: ['', 'Connecting'], lost: ['bad', 'Reconnecting'] } as const;
  const [kind, text] = texts[connection.value];
  return <span class={`badge ${kind}`} role="status">{text}</span>;
}

function Side() {
  const [open, setOpen] = useState(false);
  const { view } = place.value;
  useEffect(() => setOpen(false), [view]);
  const unwell = counts.value ? counts.value.quarantined : 0;
  return (
    <header class={`side ${open ? 'open' : ''}`}>
      <a class="brand" href={link('overview')}>
        <img src="./icon.svg" alt="" />
        gemkeeper
      </a>
      <span class="menu-button">
        <button type="button" class="button icon" aria-expanded={open} aria-controls="navigation" onClick={() => setOpen(!open)}>
          <Icon name={open ? 'close' : 'menu'} />
          <span class="hidden-text">Menu</span>
        </button>
      </span>
      <nav id="navigation" aria-label="Views">
        {views().map((one) => (
          <a key={one.name} href={link(one.name)} aria-current={one.name === view ? 'page' : undefined}>
            <Icon name={one.icon} />
            {one.title}
            {one.name === 'keys' && unwell > 0 && <span class="badge bad plain count">{unwell}<span class="hidden-text"> quarantined</span></span>}
          </a>
        ))}
      </nav>
      <div class="side-foot">
        <div class="row">
          <Connection />
          <span class="muted small">{session.value?.version}</span>
        </div>
        <Select label="Theme" hidden value={choice.value} options={themes} onInput={(value) => choose(value as Choice)} />
        {session.value?.needs_token && (
          <Button onClick={() => void logOut().catch(failure)}>Log out</Button>
        )}
      </div>
    </header>
  );
}

export function Shell() {
  const main = useRef<HTMLElement>(null);
  const all = views();
  const { view, item } = place.value;
  const current = all.find((one) => one.name === view);
  useEffect(() => {
    document.title = `${current?.title ?? 'Not found'} · gemkeeper`;
    main.current?.scrollTo(0, 0);
  }, [view, item, current]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>
        Skip to content
      </a>
      <div class="shell">
        <Side />
        <main id="main" ref={main} tabIndex={-1}>
          {connection.value === 'lost' && (
            <div class="page-banner">
              <Notice kind="warn" live>
                gemkeeper does not answer. What you see may be old; the page connects again by itself.
              </Notice>
            </div>
          )}
          {current ? (
            <current.show key={view} />
          ) : (
            <div class="page">
              <h1>There is no such view</h1>
              <p><a href={link('overview')}>Go to the overview</a></p>
            </div>
          )}
        </main>
      </div>
    </>
  );
}
