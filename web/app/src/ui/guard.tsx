import { Component, type ReactNode } from 'react';

interface GuardProps {
  /** Shown instead of a part that failed; `again` tries it anew. */
  fallback: (again: () => void) => ReactNode;
  children: ReactNode;
}

/** Keeps a failure inside its part of the page: a picture that cannot be drawn must never end a call. */
export class Guard extends Component<GuardProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return this.props.fallback(() => this.setState({ failed: false }));
  }
}
