import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/components.css';
import './styles/table.css';
import './lib/theme';
import { render } from 'preact';
import { App } from './app';

render(<App />, document.getElementById('app')!);
