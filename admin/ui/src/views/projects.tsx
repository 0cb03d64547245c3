// Google Cloud projects: what all keys of one share.
import { useState } from 'preact/hooks';
import { patch } from '../lib/api';
import { count } from '../lib/format';
import { useResource } from '../lib/resource';
import { link } from '../lib/router';
import type { Project } from '../lib/types';
import { Button } from '../ui/button';
import { FormDialog } from '../ui/dialog';
import { Empty, Loaded } from '../ui/notice';
import { done } from '../ui/toast';
import { LimitBars } from './limit-bars';
import { anyWrong, editedLimits, LimitFields, limitTexts } from './limit-fields';

const most = 200;

export function Projects() {
  const from = useResource<{ projects: Project[] }>('api/v1/projects', 15_000);
  const [edited, setEdited] = useState<Project | null>(null);
  return (
    <section class="card" aria-labelledby="projects">
      <div class="card-head"><h2 id="projects">Projects</h2><span class="muted small">Their keys share quota and limits</span></div>
      <Loaded from={from}>
        {({ projects }) => projects.length === 0 ? <Empty title="No key names its project"><p>Name it in a key’s Edit; keys of one project share its quota at Google.</p></Empty> : (
          <>
            <div class="scroll-x" tabIndex={0} role="region" aria-label="Projects">
              <table class="plain-table">
                <thead><tr><th>Project</th><th class="number">Keys</th><th>Limits and quota</th><th><span class="hidden-text">Actions</span></th></tr></thead>
                <tbody>
                  {projects.slice(0, most).map((one) => (
                    <tr key={one.name}>
                      <td>{one.name}</td>
                      <td class="number"><a href={link('keys', '', { project: one.name })}>{count(one.keys)}</a></td>
                      <td class="limits"><LimitBars limits={one.usage_of_limits} quota={one.usage_of_quota} /></td>
                      <td>
                        {one.origin === 'admin API'
                          ? <Button kind="quiet" onClick={() => setEdited(one)}>Limit<span class="hidden-text"> {one.name}</span></Button>
                          : <span class="muted">{one.origin}</span>}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {projects.length > most && <p class="muted small">{count(most)} of {count(projects.length)}.</p>}
          </>
        )}
      </Loaded>
      {edited && (
        <EditProject
          of={edited}
          onClose={() => {
            setEdited(null);
            from.reload();
          }}
        />
      )}
    </section>
  );
}

function EditProject({ of, onClose }: { of: Project; onClose: () => void }) {
  const [limits, setLimits] = useState(limitTexts(of.limits));
  const [quota, setQuota] = useState(limitTexts(of.quota));
  const save = async () => {
    const changes: Record<string, unknown> = {};
    const nextLimits = editedLimits(of.limits, limits);
    if (nextLimits) changes['limits'] = nextLimits;
    const nextQuota = editedLimits(of.quota, quota);
    if (nextQuota) changes['quota'] = nextQuota;
    if (Object.keys(changes).length > 0) await patch(`api/v1/projects/${encodeURIComponent(of.name)}`, changes);
    done('The project is changed');
  };
  return (
    <FormDialog title={`Limits of ${of.name}`} action="Save" act={save} onClose={onClose} disabled={anyWrong(limits) || anyWrong(quota)}>
      <LimitFields of={of.limits} texts={limits} onChange={setLimits} hint="Yours, for all its keys and models together." />
      <LimitFields of={of.quota} texts={quota} onChange={setQuota} title="Google’s quota" hint="For each model: the project is not asked beyond it." />
    </FormDialog>
  );
}
