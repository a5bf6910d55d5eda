export const retention = {
  hold: {
    on: 'on hold',
    set: 'Put on hold',
    release: 'Release the hold',
    setTitle: 'Put this study on legal hold?',
    setText:
      '{{what}} of {{name}} cannot be deleted until the hold is released, not even after its retention; viewing and reading go on.',
    releaseTitle: 'Release the hold?',
    releaseText: '{{what}} of {{name}} then follows its retention again and may be deleted at its end.',
    hint: 'Such as: dispute, received on …',
    by: 'On hold by {{name}} since {{at}}: {{reason}}',
    done: 'On hold',
    released: 'Released',
  },
  space: {
    low: 'The image store is nearly full: {{free}} ({{part}} %) left.',
    full: 'The image store is full: {{free}} ({{part}} %) left; new images are not taken.',
    todo: {
      low: 'Add storage soon, or have it cleared. Everything still works.',
      full: 'What is there can be viewed; devices keep what they could not send and try again. Add storage now.',
    },
  },
} as const;
