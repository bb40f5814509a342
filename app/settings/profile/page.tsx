import type { Metadata } from "next";
import { cookies } from "next/headers";
import { Limited } from "#components/account/limited.tsx";
import { PasswordForm, PreferencesForm, ProfileForm } from "#components/account/profile.tsx";
import { parseTheme, THEME_COOKIE } from "#lib/browser/preferences.ts";
import { isHubError } from "#lib/core/errors.ts";
import { pageActor, pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";

export const metadata: Metadata = { title: "Profile" };

export default async function ProfilePage() {
  const actor = await pageActor();
  const theme = parseTheme((await cookies()).get(THEME_COOKIE)?.value);
  const profile = await pageRead("/settings/profile", () =>
    services()
      .accounts.getProfile(actor)
      .catch((error) => {
        if (isHubError(error, "Forbidden")) return null;
        throw error;
      }),
  );
  return (
    <>
      <h1 className="font-semibold text-title">Profile</h1>
      {profile === null ? (
        <Limited what="The profile" />
      ) : (
        <>
          <ProfileForm name={profile.name} fullName={profile.fullName} />
          <PasswordForm name={profile.name} hasPassword={profile.hasPassword} />
        </>
      )}
      <PreferencesForm theme={theme} />
    </>
  );
}
