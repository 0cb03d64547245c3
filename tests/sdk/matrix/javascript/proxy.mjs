// What an application does where Node.js does not read HTTPS_PROXY by itself (before 22.21 and 24).
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici';

if (process.env.HTTPS_PROXY) setGlobalDispatcher(new EnvHttpProxyAgent());
