import { useEffect, useRef } from 'react';
import { speakerOf, useSpeakerDevice } from './speaker-device';

interface VideoProps {
  /** A track of this device, or a stream of another person. */
  media: MediaStream | MediaStreamTrack | null | undefined;
  mirror?: boolean;
  /** Shown whole (a screen) rather than filling the frame (a face). */
  whole?: boolean;
  label: string;
  className?: string;
}

function streamOf(media: VideoProps['media']): MediaStream | null {
  if (!media) return null;
  return media instanceof MediaStream ? media : new MediaStream([media]);
}

/** A silent picture; the sound of a person is played by Voice. */
export function Video({ media, mirror, whole, label, className = '' }: VideoProps) {
  const ref = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = ref.current;
    if (!video) return;
    video.srcObject = streamOf(media);
    video.play().catch(() => undefined);
    return () => {
      video.srcObject = null;
    };
  }, [media]);
  return (
    <video
      ref={ref}
      className={className}
      aria-label={label}
      autoPlay
      muted
      playsInline
      disablePictureInPicture
      style={{ objectFit: whole ? 'contain' : 'cover', transform: mirror ? 'scaleX(-1)' : undefined }}
    />
  );
}

interface VoiceProps {
  stream: MediaStream | undefined;
  /** The browser refused to play sound before a press. */
  onBlocked: () => void;
}

export function Voice({ stream, onBlocked }: VoiceProps) {
  const ref = useRef<HTMLAudioElement>(null);
  const blocked = useRef(onBlocked);
  blocked.current = onBlocked;
  useEffect(() => {
    const audio = ref.current;
    if (!audio || !stream) return;
    audio.srcObject = stream;
    audio.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') blocked.current();
    });
    return () => {
      audio.srcObject = null;
    };
  }, [stream]);
  const { device } = useSpeakerDevice();
  useEffect(() => {
    if (ref.current) void speakerOf(ref.current, device);
  }, [device]);
  return <audio ref={ref} autoPlay />;
}
