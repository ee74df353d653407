import { answer, once, server, until } from "./http.ts";
import type { Schemas } from "./views.ts";

/** Who one is: sign-up, sessions. */
export const readSetup = (signal?: AbortSignal) => answer(server.GET("/setup", until(signal)));
export const readMe = (signal?: AbortSignal) => answer(server.GET("/me", until(signal)));
export const readSessions = (signal?: AbortSignal) => answer(server.GET("/me/sessions", until(signal)));

export const signUp = (body: Schemas["SignUpRequest"]) => answer(server.POST("/people", { body }));
export const setUp = (body: Schemas["SetupRequest"]) => answer(server.POST("/setup", { body }));
export const logIn = (body: Schemas["LoginRequest"]) => answer(server.POST("/sessions", { body }));
/** As one of a demo's people, without a password. */
export const enterDemo = (persona: Schemas["Persona"]) => answer(server.POST("/demo/sessions", { body: { persona } }));
export const sendCode = (login: string, purpose: Schemas["CodePurpose"]) => answer(server.POST("/people/codes", { body: { login, purpose } }));
export const resetPassword = (body: Schemas["PasswordRequest"]) => answer(server.POST("/people/password", { body }));
export const confirmLogin = (code: string, key: string) => answer(server.POST("/me/confirmation", { params: { header: once(key) }, body: { code } }));
export const closeAccount = (body: Schemas["CloseRequest"], key: string) => answer(server.POST("/me/close", { params: { header: once(key) }, body }));
/** All that the server holds of oneself, as a file; a link, so that the browser saves it. */
export const EXPORT_HREF = "/api/v1/me/export";
export const logOut = () => answer(server.DELETE("/sessions/current"));
export const endSession = (session: string, key: string) => answer(server.DELETE("/me/sessions/{session}", { params: { path: { session }, header: once(key) } }));
export const beginSecondFactor = (key: string) => answer(server.POST("/me/second-factor", { params: { header: once(key) } }));
export const confirmSecondFactor = (code: string, key: string) => answer(server.POST("/me/second-factor/confirm", { params: { header: once(key) }, body: { code } }));

/** Where one wants goods sent. */
export const readAddresses = (signal?: AbortSignal) => answer(server.GET("/me/addresses", until(signal)));
export const addAddress = (body: Schemas["AddressRequest"], key: string) => answer(server.POST("/me/addresses", { params: { header: once(key) }, body }));
export const changeAddress = (address: string, body: Schemas["AddressRequest"], key: string) => answer(server.POST("/me/addresses/{address}", { params: { path: { address }, header: once(key) }, body }));
export const removeAddress = (address: string, key: string) => answer(server.DELETE("/me/addresses/{address}", { params: { path: { address }, header: once(key) } }));
