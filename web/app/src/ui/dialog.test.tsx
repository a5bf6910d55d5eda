import { act, type ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, expect, it, vi } from 'vitest';
import { Button } from './button';
import { Dialog } from './dialog';
import { Choice } from './field';

vi.mock('react-i18next', () => ({ useTranslation: () => ({ t: (key: string) => key }) }));
vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);

let root: Root | undefined;

async function show(body: ReactNode, footer: ReactNode) {
  if (!root) {
    const host = document.body.appendChild(document.createElement('div'));
    root = createRoot(host);
  }
  await act(async () =>
    root?.render(
      <Dialog title="t" onClose={() => {}} footer={footer}>
        {body}
      </Dialog>,
    ),
  );
}

const focused = () => document.activeElement?.textContent;
const press = (name: string) => {
  const button = [...document.querySelectorAll('button')].find((b) => b.textContent === name);
  button?.focus();
};

afterEach(async () => {
  await act(async () => root?.unmount());
  root = undefined;
  document.body.replaceChildren();
});

it('keeps the focus while its button works, and gives it back when that failed', async () => {
  await show(<p />, <Button key="go">go</Button>);
  press('go');
  await show(
    <p />,
    <Button key="go" busy>
      go
    </Button>,
  );
  expect(document.activeElement).toBe(document.querySelector('dialog'));
  await show(<p />, <Button key="go">go</Button>);
  expect(focused()).toBe('go');
});

it('begins a next step at its first choice, without one at the way back', async () => {
  const next = [<Button key="back">back</Button>, <Button key="send">send</Button>];
  await show(<p />, <Button key="go">go</Button>);
  press('go');
  await show(<Choice label="c" value="one" options={[{ value: 'one', text: 'one' }]} onChange={() => {}} />, next);
  expect(focused()).toBe('one');
  await show(<p />, next);
  expect(focused()).toBe('back');
});

it('leaves the focus where it is while other things come and go', async () => {
  await show(<p />, <Button key="go">go</Button>);
  press('go');
  await show(<p>more</p>, [<Button key="back">back</Button>, <Button key="go">go</Button>]);
  expect(focused()).toBe('go');
});
