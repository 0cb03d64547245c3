// The views by name. One whose calls this gemkeeper does not serve is left out.
import type { ComponentType } from 'preact';
import { features, has } from '../lib/api';
import type { IconName } from '../ui/icon';
import { Alerts } from './alerts';
import { Audit } from './audit';
import { Clients } from './clients';
import { Connect } from './connect';
import { Keys } from './keys';
import { Overview } from './overview';
import { Prices } from './prices';
import { Requests } from './requests';
import { Settings } from './settings';
import { Usage } from './usage';

export interface View {
  name: string;
  title: string;
  icon: IconName;
  show: ComponentType;
  needs?: readonly [method: string, path: string];
}

const all: View[] = [
  { name: 'overview', title: 'Overview', icon: 'overview', show: Overview },
  { name: 'keys', title: 'Keys', icon: 'keys', show: Keys },
  { name: 'requests', title: 'Requests', icon: 'requests', show: Requests },
  { name: 'usage', title: 'Usage and cost', icon: 'usage', show: Usage },
  { name: 'clients', title: 'Clients', icon: 'clients', show: Clients, needs: ['get', '/clients'] },
  { name: 'alerts', title: 'Limits and alerts', icon: 'alerts', show: Alerts },
  { name: 'prices', title: 'Prices', icon: 'prices', show: Prices, needs: ['get', '/prices'] },
  { name: 'audit', title: 'Audit', icon: 'audit', show: Audit, needs: ['get', '/audit'] },
  { name: 'settings', title: 'Settings', icon: 'settings', show: Settings },
  { name: 'connect', title: 'Connect', icon: 'connect', show: Connect },
];

export function views(): View[] {
  void features.value; // read, so that who shows the list follows it
  return all.filter((view) => !view.needs || has(...view.needs));
}
